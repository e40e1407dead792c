// Where a sound begins: a blow or a pluck that must be heard once, not twice and not never.

const BLOCK = 256; // samples: 6 ms
const BEFORE = 4; // blocks that an attack is compared with
const RISE = 10; // of the energy
const PART = 1.5; // of the mean energy, at least

/** Indices of attacks in a sound, to the block. Of its slope, which is steep where something is struck, and hardly knows the bass. */
export function attacksIn(sound: Float32Array): number[] {
  const energies: number[] = [];
  for (let start = 1; start + BLOCK <= sound.length; start += BLOCK) {
    let energy = 0;
    for (let i = start; i < start + BLOCK; i++) energy += (sound[i] - sound[i - 1]) ** 2;
    energies.push(energy);
  }
  const mean = energies.reduce((sum, energy) => sum + energy, 0) / energies.length;
  return energies.flatMap((energy, n) => {
    if (n < BEFORE) return [];
    const before = energies.slice(n - BEFORE, n).reduce((sum, value) => sum + value, 0) / BEFORE;
    return energy > RISE * before && energy > PART * mean ? [n * BLOCK] : [];
  });
}

export const ATTACK_SAMPLES = BLOCK;
