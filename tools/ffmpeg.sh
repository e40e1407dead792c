#!/usr/bin/env bash
# Builds the FFmpeg libraries that stemscribe is linked with, from Debian's source package: ffmpeg.sh OUT
#
# Only what songs come in (src/audio/open_input.cc lists the same), and nothing under the GPL. Debian's own libraries know
# hundreds of formats that we refuse, bring 150 MB of other libraries along, and take four times as long to start.
# apt checks the signature. The version is the newest for this release of Debian; OUT/version tells which it was.
set -euo pipefail
out=$1
containers=mp3,wav,w64,flac,mov,ogg,matroska,asf,aiff,aac,ac3,eac3,caf,au,wv,ape,tta,amr
codecs=mp3float,mp3,mp2float,mp2,mp1float,mp1,flac,aac,alac,vorbis,opus,wmav1,wmav2,wmapro,wmalossless,wmavoice,ac3,eac3,\
wavpack,ape,tta,amrnb,amrwb,pcm_u8,pcm_s8,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_s64le,pcm_s64be,\
pcm_f32le,pcm_f32be,pcm_f64le,pcm_f64be,pcm_alaw,pcm_mulaw,adpcm_ms,adpcm_ima_wav,adpcm_ima_qt

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The sources of the packages that apt is told of already, in lists of their own: the system's stay as they are.
mkdir -p "$work"/{sources,lists/partial,cache/archives/partial}
for list in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
  [ -e "$list" ] || continue
  case $list in
    *.sources) sed 's/^Types:.*/Types: deb-src/' "$list" >"$work/sources/$(basename "$list")" ;;
    *.list) sed -n 's/^deb /deb-src /p' "$list" >"$work/sources/$(basename "$list")" ;;
  esac
done
apt_options=(-qq -o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$work/sources" -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache")
cd "$work"
apt-get "${apt_options[@]}" update 2>/dev/null || true  # lists of others may have no sources; without Debian's the next line fails
apt-get "${apt_options[@]}" source --download-only ffmpeg
dpkg-source --no-check -x ffmpeg_*.dsc source >/dev/null

cd source
./configure --prefix="$out.part" --cc="ccache gcc" --disable-everything --disable-autodetect --disable-programs --disable-doc \
  --disable-debug --disable-network --disable-avdevice --disable-avfilter --disable-swscale --disable-postproc \
  --enable-static --disable-shared --enable-pic --enable-zlib --enable-libmp3lame --enable-libsoxr --enable-protocol=file \
  --enable-demuxer="$containers" --enable-decoder="$codecs" --enable-parser=aac,ac3,flac,mpegaudio,opus,vorbis \
  --enable-muxer=mp3,flac,wav --enable-encoder=libmp3lame,flac,pcm_f32le >/dev/null
make -s -j "$(nproc)"
rm -rf "$out.part"
make -s install
sed -i "s|$out.part|$out|" "$out.part"/lib/pkgconfig/*.pc
dpkg-parsechangelog -S Version >"$out.part/version"
cp COPYING.LGPLv2.1 "$out.part/"
rm -rf "$out"
mv "$out.part" "$out"
