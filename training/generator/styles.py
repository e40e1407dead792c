"""The styles: tempo, harmony, grooves, what plays, how it is produced."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Style:
    tempo: tuple
    grooves: tuple  # of drum_parts.GROOVES
    kit: tuple  # characters of kit.Kit
    families: tuple  # of theory.PROGRESSIONS
    bass: tuple  # kinds of bass sound, see bass_sounds
    parts: tuple  # (part, weight): what may accompany, see other_sounds
    num_parts: tuple = (2, 4)
    richness: float = 0.2
    swing: tuple = (0, 0, 0, 0.1)
    meters: tuple = ("4/4",)
    pump: float = 0.0  # how often the kick ducks the rest
    loud: tuple = (2, 8)  # dB of limiting of the sum
    no_drums: float = 0.02
    no_bass: float = 0.03
    vocals: float = 0.65
    extra_percussion: float = 0.3


STYLES = {
    "rock": Style((85, 165), ("rock", "rock", "punk", "shuffle"), ("acoustic",), ("major", "minor", "blues"),
                  ("electric", "electric", "pick"),
                  (("crunch_guitar", 4), ("clean_guitar", 2), ("power_guitar", 4), ("organ", 2), ("piano", 1), ("lead_guitar", 2),
                   ("acoustic_guitar", 1), ("strings", 0.5), ("synth_pad", 0.5)), loud=(3, 10)),
    "metal": Style((90, 220), ("metal", "metal", "rock", "punk"), ("acoustic",), ("heavy", "minor"), ("pick", "pick", "distorted"),
                   (("chug_guitar", 6), ("power_guitar", 4), ("lead_guitar", 3), ("synth_pad", 0.6), ("strings", 0.6), ("choir", 0.5)),
                   num_parts=(1, 3), loud=(5, 12)),
    "pop": Style((75, 135), ("pop", "pop", "dance", "ballad"), ("hybrid", "electronic", "acoustic"), ("major", "minor"),
                 ("electric", "synth", "synth"),
                 (("piano", 3), ("epiano", 2), ("clean_guitar", 2), ("acoustic_guitar", 2), ("synth_pad", 3), ("synth_stab", 3),
                  ("synth_lead", 2), ("strings", 1.5), ("plucks", 2), ("brass", 0.5), ("choir", 0.7), ("fx", 1)), pump=0.25, loud=(3, 9)),
    "hiphop": Style((65, 100), ("hiphop",), ("electronic", "hybrid"), ("minor", "jazz", "minor"), ("808", "808", "synth", "electric"),
                    (("piano", 2), ("epiano", 3), ("synth_pad", 2), ("plucks", 2), ("strings", 1.5), ("synth_lead", 1.5), ("choir", 0.8),
                     ("flute", 0.7), ("clean_guitar", 1), ("brass", 0.7), ("fx", 1), ("mallets", 1)),
                    num_parts=(1, 3), richness=0.5, swing=(0, 0.1, 0.2, 0.3), loud=(3, 9), extra_percussion=0.4),
    "dance": Style((112, 140), ("dance",), ("electronic",), ("minor", "major"), ("synth",),
                   (("synth_stab", 4), ("synth_pad", 3), ("synth_lead", 3), ("plucks", 3), ("piano", 1.5), ("fx", 2), ("strings", 0.7),
                    ("organ", 0.7), ("choir", 0.4)), num_parts=(2, 5), pump=0.65, loud=(5, 12), extra_percussion=0.5),
    "electronic": Style((80, 176), ("dance", "hiphop", "dance", "funk"), ("electronic",), ("minor", "heavy", "jazz"), ("synth",),
                        (("synth_stab", 3), ("synth_pad", 4), ("synth_lead", 3), ("plucks", 3), ("fx", 3), ("mallets", 1), ("epiano", 1)),
                        num_parts=(2, 5), pump=0.4, loud=(3, 12), vocals=0.4),
    "jazz": Style((80, 230), ("jazz", "jazz", "brush", "latin"), ("acoustic",), ("jazz",), ("upright", "upright", "upright", "electric"),
                  (("piano", 5), ("brass", 2), ("sax", 4), ("clean_guitar", 2), ("mallets", 1), ("organ", 1), ("flute", 1)),
                  num_parts=(1, 3), richness=0.85, swing=(0.33, 0.33, 0.25, 0.2), loud=(0, 3), vocals=0.35, extra_percussion=0.05),
    "funk": Style((90, 125), ("funk", "funk", "dance"), ("acoustic", "acoustic", "hybrid"), ("minor", "blues", "jazz"), ("slap", "electric", "synth"),
                  (("clean_guitar", 5), ("clavinet", 2), ("organ", 2), ("brass", 4), ("epiano", 3), ("strings", 1), ("synth_lead", 1), ("sax", 1.5)),
                  num_parts=(2, 4), richness=0.6, swing=(0, 0, 0.1, 0.15), extra_percussion=0.5),
    "acoustic": Style((70, 140), ("brush", "ballad", "pop", "shuffle"), ("acoustic", "percussion"), ("major", "minor"), ("upright", "electric"),
                      (("acoustic_guitar", 6), ("nylon_guitar", 3), ("piano", 2), ("strings", 1), ("flute", 1), ("accordion", 1), ("fiddle", 1.5),
                       ("mallets", 0.5)), num_parts=(1, 3), meters=("4/4", "4/4", "3/4", "6/8"), loud=(0, 4), no_drums=0.25, vocals=0.6,
                      extra_percussion=0.5),
    "ballad": Style((55, 85), ("ballad", "ballad", "rock"), ("acoustic", "hybrid"), ("major", "minor"), ("electric", "electric", "synth", "upright"),
                    (("piano", 5), ("strings", 4), ("synth_pad", 2), ("epiano", 2), ("acoustic_guitar", 2), ("clean_guitar", 2), ("power_guitar", 1),
                     ("organ", 1), ("choir", 1), ("lead_guitar", 0.7)), meters=("4/4", "4/4", "6/8", "3/4"), richness=0.3, vocals=0.8),
    "latin": Style((85, 130), ("latin", "latin", "reggae"), ("acoustic", "percussion", "hybrid"), ("minor", "major", "jazz"), ("upright", "electric", "synth"),
                   (("piano", 4), ("nylon_guitar", 3), ("brass", 3), ("accordion", 1.5), ("flute", 1), ("clean_guitar", 1.5), ("synth_stab", 1), ("strings", 1)),
                   richness=0.4, extra_percussion=0.95),
    "reggae": Style((65, 95), ("reggae",), ("acoustic", "hybrid"), ("minor", "major"), ("electric", "synth"),
                    (("clean_guitar", 4), ("organ", 4), ("brass", 1.5), ("piano", 2), ("synth_lead", 1), ("clavinet", 1)), swing=(0, 0.15, 0.3)),
    "orchestral-pop": Style((70, 130), ("ballad", "pop", "rock", "brush"), ("acoustic",), ("major", "minor"), ("electric", "upright", "orchestral"),
                            (("strings", 6), ("brass", 4), ("piano", 3), ("choir", 2), ("flute", 2), ("harp", 1.5), ("mallets", 1.5), ("sax", 0.3),
                             ("acoustic_guitar", 1)), num_parts=(3, 5), meters=("4/4", "4/4", "3/4", "6/8"), no_drums=0.12),
}
NAMES = tuple(STYLES)
