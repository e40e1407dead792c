#include "stages/vocals/note_finder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace stemscribe::vocals {
namespace {

constexpr int kLowestMidi = 28;
constexpr int kHighestMidi = 96;
constexpr size_t kNumNotes = kHighestMidi - kLowestMidi + 1;
constexpr size_t kSilence = kNumNotes;  // the state after those of the notes
constexpr size_t kNumStates = kNumNotes + 1;
using Costs = std::array<float, kNumStates>;  // negative logarithms of probabilities

// Tuned on the evaluation's songs 501 to 503, separated from their mixes: docs/EVALUATION.md.
constexpr float kPitchSpread = 0.7F;    // semitones around a note
constexpr float kMostPitchCost = 4.5F;  // of a frame: even far away it may be a slide
constexpr float kUnvoicedCost = 1.5F;   // of an unvoiced frame within a note
constexpr float kUnsungCost = 2.5F;     // of a voiced frame within silence, if it is certain
constexpr float kChangeCost = 12;       // from note to note
constexpr float kBorderCost = 1.5F;     // between a note and silence

constexpr size_t kPhraseGapFrames = 30;  // more silence than any note bridges
constexpr size_t kFewestFrames = 9;
// A note is sung again where the level falls by so much and rises again within so many frames.
constexpr float kDipDb = 9;
constexpr size_t kDipReachFrames = 25;

// So much after a note begins is it heard: frames are long, and a voice must be sure to be one.
constexpr double kVoiceLateSec = 0.03;  // after silence
constexpr double kNoteLateSec = 0.02;   // right after another note

struct Span {
  size_t begin = 0;
  size_t end = 0;
  size_t state = kSilence;
};

float MidiOf(const Frame& frame) { return 69 + 12 * std::log2(frame.f0_hz / 440); }

Costs CostsOf(const Frame& frame, float tuning_semitones) {
  Costs costs{};
  if (!frame.voiced) {
    costs.fill(kUnvoicedCost);
    costs[kSilence] = 0;
    return costs;
  }
  const float pitch = MidiOf(frame) - tuning_semitones;
  for (size_t note = 0; note < kNumNotes; ++note) {
    const float away =
        (pitch - static_cast<float>(kLowestMidi) - static_cast<float>(note)) / kPitchSpread;
    costs[note] = std::min(kMostPitchCost, away * away / 2);
  }
  costs[kSilence] = kUnsungCost * frame.confidence;
  return costs;
}

/// The likeliest notes of a phrase by Viterbi's algorithm, in order, without the silence between.
std::vector<Span> Decode(std::span<const Frame> frames, float tuning_semitones) {
  Costs total{};  // of the best way that ends in a state
  total.fill(kBorderCost);
  total[kSilence] = 0;
  std::vector<std::array<uint8_t, kNumStates>> from(frames.size());
  for (size_t n = 0; n < frames.size(); ++n) {
    const Costs before = total;
    const auto note = static_cast<size_t>(
        std::min_element(before.begin(), before.begin() + kNumNotes) - before.begin());
    const Costs costs = CostsOf(frames[n], tuning_semitones);
    for (size_t state = 0; state < kNumStates; ++state) {
      size_t source = state;
      total[state] = before[state];
      const auto offer = [&](size_t other, float cost) {
        if (before[other] + cost >= total[state]) return;
        total[state] = before[other] + cost;
        source = other;
      };
      offer(note, state == kSilence ? kBorderCost : kChangeCost);
      if (state != kSilence) offer(kSilence, kBorderCost);
      from[n][state] = static_cast<uint8_t>(source);
      total[state] += costs[state];
    }
  }
  auto state = static_cast<size_t>(std::min_element(total.begin(), total.end()) - total.begin());
  std::vector<Span> spans;
  for (size_t n = frames.size(); n-- > 0;) {
    if (!spans.empty() && spans.back().state == state) {
      spans.back().begin = n;
    } else {
      spans.push_back({n, n + 1, state});
    }
    state = from[n][state];
  }
  std::erase_if(spans, [](const Span& span) { return span.state == kSilence; });
  std::ranges::reverse(spans);
  return spans;
}

/// Appends `span` in parts: where the level dips, the note is sung again.
void SplitAtDips(std::span<const Frame> frames, Span span, std::vector<Span>& out) {
  const auto level = [&](size_t n) { return frames[n].level_db; };
  for (size_t n = span.begin + kFewestFrames; n + kFewestFrames < span.end; ++n) {
    const size_t first = std::max(span.begin, n - std::min(n, kDipReachFrames));
    const size_t last = std::min(span.end - 1, n + kDipReachFrames);
    float left = level(n);
    float right = level(n);
    float lowest = level(n);
    for (size_t i = first; i < n; ++i) left = std::max(left, level(i));
    for (size_t i = n + 1; i <= last; ++i) right = std::max(right, level(i));
    for (size_t i = first; i <= last; ++i) lowest = std::min(lowest, level(i));
    if (level(n) > lowest || std::min(left, right) < level(n) + kDipDb) continue;
    out.push_back({span.begin, n, span.state});
    span.begin = n;
    n += kFewestFrames - 1;
  }
  out.push_back(span);
}

/// What is too short for a note is the end of the one before, if they touch, or nothing.
void DropShort(std::vector<Span>& spans) {
  std::vector<Span> kept;
  for (const Span& span : spans) {
    if (span.end - span.begin >= kFewestFrames) {
      kept.push_back(span);
    } else if (!kept.empty() && kept.back().end == span.begin) {
      kept.back().end = span.end;
    }
  }
  spans = std::move(kept);
}

Note NoteOf(std::span<const Frame> frames, const Span& span) {
  Note note;
  note.start_sec = static_cast<double>(span.begin) * kHopSec;
  note.end_sec = static_cast<double>(span.end) * kHopSec;
  note.midi = kLowestMidi + static_cast<int>(span.state);
  std::vector<float> pitches;
  float confidences = 0;
  for (const Frame& frame : frames.subspan(span.begin, span.end - span.begin)) {
    note.level_db = std::max(note.level_db, frame.level_db);
    confidences += frame.voiced ? frame.confidence : 0;
    if (frame.voiced) pitches.push_back(MidiOf(frame));
  }
  note.confidence = confidences / static_cast<float>(span.end - span.begin);
  if (!pitches.empty()) {
    const auto middle = pitches.begin() + static_cast<std::ptrdiff_t>(pitches.size() / 2);
    std::ranges::nth_element(pitches, middle);
    note.cents = 100 * (*middle - static_cast<float>(note.midi));
  }
  return note;
}

/// Moves the notes' starts to where they are sung, as far as the note before ends.
void StartWhenSung(std::vector<Note>& notes) {
  double heard_end_sec = 0;  // of the note before, as FindNotes heard it
  for (size_t i = 0; i < notes.size(); ++i) {
    Note& note = notes[i];
    const bool touches = i > 0 && note.start_sec == heard_end_sec;
    heard_end_sec = note.end_sec;
    if (touches) {
      note.start_sec -= kNoteLateSec;
      notes[i - 1].end_sec = note.start_sec;
    } else {
      const double earliest_sec = i > 0 ? notes[i - 1].end_sec : 0;
      note.start_sec = std::max(note.start_sec - kVoiceLateSec, earliest_sec);
    }
  }
}

/// The end of the phrase that begins at `begin`: the frame after its last voiced one.
size_t EndOfPhrase(std::span<const Frame> frames, size_t begin) {
  size_t end = begin;
  for (size_t n = begin; n < frames.size() && n - end < kPhraseGapFrames; ++n) {
    if (frames[n].voiced) end = n + 1;
  }
  return end;
}

}  // namespace

std::vector<Note> FindNotes(std::span<const Frame> frames, double tuning_cents) {
  const auto tuning_semitones = static_cast<float>(tuning_cents / 100);
  std::vector<Note> notes;
  for (size_t begin = 0; begin < frames.size(); ++begin) {
    if (!frames[begin].voiced) continue;
    const size_t end = EndOfPhrase(frames, begin);
    const auto phrase = frames.subspan(begin, end - begin);
    std::vector<Span> spans;
    for (const Span& span : Decode(phrase, tuning_semitones)) SplitAtDips(phrase, span, spans);
    DropShort(spans);
    for (Span span : spans) {
      span.begin += begin;
      span.end += begin;
      notes.push_back(NoteOf(frames, span));
    }
    begin = end;
  }
  StartWhenSung(notes);
  return notes;
}

}  // namespace stemscribe::vocals
