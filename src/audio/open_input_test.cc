// What is refused, with which words, and that nothing beside the file is opened.
#include "audio/open_input.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audio/test_media.h"

namespace stemscribe::audio {
namespace {

using testing::Bursts;
using testing::Ffmpeg;
using testing::ReadBytes;
using testing::RefusalOf;
using testing::TempDir;
using testing::WriteAudio;
using testing::WriteBytes;

/// Sees whether anybody opens a file.
class OpenWatch {
 public:
  explicit OpenWatch(const std::filesystem::path& path) : fd_(inotify_init1(IN_NONBLOCK)) {
    EXPECT_GE(inotify_add_watch(fd_, path.c_str(), IN_OPEN | IN_ACCESS), 0);
  }
  ~OpenWatch() { close(fd_); }
  OpenWatch(const OpenWatch&) = delete;
  OpenWatch& operator=(const OpenWatch&) = delete;

  bool WasOpened() const {
    char event[4096];
    return read(fd_, event, sizeof(event)) > 0;
  }

 private:
  int fd_;
};

TEST(RefusalTest, WhatIsNoFile) {
  const TempDir dir;
  EXPECT_EQ(RefusalOf(dir / "nothing.mp3"), "There is no such file.");
  EXPECT_EQ(RefusalOf(dir.path()), "This is a folder, not an audio file.");
  ASSERT_EQ(mkfifo((dir / "pipe.mp3").c_str(), 0600), 0);
  EXPECT_EQ(RefusalOf(dir / "pipe.mp3"), "This is not a regular file.");
  EXPECT_EQ(RefusalOf("http://127.0.0.1:9/a.mp3"), "There is no such file.");
}

TEST(RefusalTest, WhatIsNoAudio) {
  const TempDir dir;
  const std::string no_audio =
      "This is not an audio file of a kind that is supported, or its header is damaged or cut off.";
  WriteBytes(dir / "empty.mp3", "");
  EXPECT_EQ(RefusalOf(dir / "empty.mp3"), "The file is empty.");
  WriteBytes(dir / "text.mp3", "Dear diary,\ntoday I wrote a song about files.\n");
  EXPECT_EQ(RefusalOf(dir / "text.mp3"), no_audio);
  std::string poem;
  for (int i = 0; i < 5000; ++i) poem += "line " + std::to_string(i) + " of a long text\n";
  WriteBytes(dir / "long text.mp3", poem);
  EXPECT_EQ(RefusalOf(dir / "long text.mp3"), no_audio);
  WriteBytes(dir / "zeros.wav", std::string(100000, '\0'));
  EXPECT_EQ(RefusalOf(dir / "zeros.wav"), no_audio);
  Ffmpeg("-f lavfi -i testsrc=d=0.5:s=64x64:r=10 -c:v mpeg4 " + (dir / "film.mp4").string());
  EXPECT_EQ(RefusalOf(dir / "film.mp4"), "The file has no audio.");
}

TEST(RefusalTest, HeadersCutOffAndFilesWithoutSamples) {
  const TempDir dir;
  WriteAudio(dir / "a.wav", Bursts(44100, 2, 44100));
  for (const std::string extension : {"wav", "flac", "m4a", "ogg", "opus", "wma", "aiff", "webm"}) {
    const auto file = dir / ("b." + extension);
    Ffmpeg("-i " + (dir / "a.wav").string() + " " + file.string());
    WriteBytes(file, ReadBytes(file).substr(0, 30));
    EXPECT_NE(RefusalOf(file), "") << extension;
  }
  Encoder encoder(dir / "none.wav", {.format = Format::kWav});
  encoder.Close();
  EXPECT_EQ(RefusalOf(dir / "none.wav"), "The file holds no audio samples.");
}

TEST(RefusalTest, RatesBeyondReason) {
  const TempDir dir;
  WriteAudio(dir / "a.wav", Bursts(44100, 1, 1000));
  std::string bytes = ReadBytes(dir / "a.wav");
  const size_t rate_at = bytes.find("fmt ") + 12;
  bytes.replace(rate_at, 4, std::string("\x0A\0\0\0", 4));  // 10 Hz
  WriteBytes(dir / "b.wav", bytes);
  EXPECT_EQ(RefusalOf(dir / "b.wav"), "The rate or the channels of the audio are not supported.");
}

TEST(RefusalTest, EncryptedAudio) {
  const TempDir dir;
  WriteAudio(dir / "a.wav", Bursts(44100, 2, 44100));
  Ffmpeg("-i " + (dir / "a.wav").string() +
         " -c:a aac -encryption_scheme cenc-aes-ctr"
         " -encryption_key 00112233445566778899aabbccddeeff"
         " -encryption_kid 00112233445566778899aabbccddeeff " +
         (dir / "a.m4a").string());
  EXPECT_EQ(RefusalOf(dir / "a.m4a"), "The audio is encrypted (DRM).");
}

TEST(SecurityTest, PlaylistsAndScriptsAreRefusedAndWhatTheyNameIsNotOpened) {
  const TempDir dir;
  WriteAudio(dir / "secret.wav", Bursts(44100, 2, 44100));
  const std::string target = (dir / "secret.wav").string();
  const std::pair<std::string, std::string> scripts[] = {
      {"a.m3u8",
       "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n" + target + "\n#EXT-X-ENDLIST\n"},
      {"a.mp3",
       "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile://" + target + "\n#EXT-X-ENDLIST\n"},
      {"a.ffconcat", "ffconcat version 1.0\nfile '" + target + "'\n"},
      {"a.wav", "ffconcat version 1.0\nfile 'secret.wav'\n"},
      {"a.sdp",
       "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 9 RTP/AVP 0\n"},
      {"a.mpd",
       "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\">"
       "<Period><AdaptationSet mimeType=\"audio/mp4\"><Representation id=\"0\"><BaseURL>" +
           target + "</BaseURL></Representation></AdaptationSet></Period></MPD>"},
  };
  const OpenWatch watch(dir / "secret.wav");
  for (const auto& [name, text] : scripts) {
    WriteBytes(dir / name, text);
    EXPECT_NE(RefusalOf(dir / name), "") << name;
  }
  EXPECT_FALSE(watch.WasOpened());
  ReadBytes(dir / "secret.wav");
  EXPECT_TRUE(watch.WasOpened());  // the watch works
}

TEST(SecurityTest, AnMp4ThatKeepsItsDataInAnotherFileIsRefused) {
  const TempDir dir;
  WriteAudio(dir / "secret.wav", Bursts(44100, 2, 44100));
  Ffmpeg("-i " + (dir / "secret.wav").string() + " -c:a pcm_s16le " + (dir / "a.mov").string());
  // Its data reference "url , in this file" becomes an alias to secret.wav, as QuickTime's
  // reference movies have it.
  std::string bytes = ReadBytes(dir / "a.mov");
  std::string alias(150, '\0');
  alias[10] = 6;  // length of the volume's name, then the name
  alias.replace(11, 6, "volume");
  alias.replace(50, 11, "\x0Asecret.wav");  // length and name of the file
  const std::string path = "volume" + (dir / "secret.wav").string();
  alias += testing::BigEndian32((2U << 16) | path.size()) + path +
           (path.size() % 2 != 0 ? std::string(1, '\0') : "");
  alias += std::string("\xFF\xFF\0\0", 4);
  const std::string entry =
      testing::BigEndian32(12 + alias.size()) + "alis" + testing::BigEndian32(0) + alias;
  const size_t dref = bytes.rfind("dref");
  ASSERT_NE(dref, std::string::npos);
  const std::string old_entry = bytes.substr(dref + 12, 12);
  ASSERT_TRUE(old_entry.substr(4, 4) == "url " || old_entry.substr(4, 4) == "alis");
  testing::ReplaceInBoxes(bytes, dref + 12, 12, entry,
                          {"moov", "trak", "mdia", "minf", "dinf", "dref"});
  WriteBytes(dir / "b.mov", bytes);
  const OpenWatch watch(dir / "secret.wav");
  EXPECT_EQ(RefusalOf(dir / "b.mov"), "The file holds no audio samples.");
  EXPECT_FALSE(watch.WasOpened());
}

}  // namespace
}  // namespace stemscribe::audio
