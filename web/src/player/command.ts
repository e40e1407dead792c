// Carries out commands for whatever host runs the StretchPlayer, and counts in.

import { type Command, type CountIn, type Report, REPORT_EVERY } from './protocol';
import { type StemOutput } from './strand';
import { StretchPlayer } from './stretch';

export class CommandedPlayer {
  private player = new StretchPlayer([]);
  private seekId = 0;
  private sinceReport = 0;
  private hasEnded = false;
  private countIn: (CountIn & { along: number }) | null = null;

  constructor(
    private readonly rateHz: number,
    private readonly report: (report: Report) => void,
  ) {}

  handle(command: Command): void {
    switch (command.type) {
      case 'load':
        this.player = new StretchPlayer(command.stems, { rateHz: this.rateHz, ratio: command.ratio, beats: command.beats });
        break;
      case 'play':
        this.countIn = command.countIn && { ...command.countIn, along: 0 };
        if (!this.countIn) this.player.play();
        break;
      case 'pause':
        this.countIn = null;
        this.player.pause();
        break;
      case 'seek':
        this.player.seek(command.position);
        this.seekId = command.id;
        break;
      case 'speed':
        this.player.setSpeed(command.speed);
        break;
      case 'pitch':
        this.player.setPitch(command.semitones);
        break;
      case 'loop':
        this.player.setLoop(command.loop);
        break;
    }
    this.sinceReport = REPORT_EVERY;
  }

  /** Fills the outputs of the stems, of the click and of the count-in. `time`: when the first sample is put out. */
  process(outputs: readonly StemOutput[], count: number, time: number): void {
    this.sinceReport += count;
    const ended = this.player.isAtEnd;
    if (this.sinceReport >= REPORT_EVERY || ended !== this.hasEnded) {
      const counting = this.countIn ? Math.floor(this.countIn.along / this.countIn.periodSamples) + 1 : 0;
      this.report({ position: this.player.position, time, ended, seekId: this.seekId, counting });
      this.sinceReport = 0;
      this.hasEnded = ended;
    }
    const counted = this.countIn && this.player.isSilent ? this.count(outputs, count, this.countIn) : 0;
    this.player.process(outputs, counted, count - counted);
    for (const channel of outputs[outputs.length - 1]) channel.fill(0, counted, count);
  }

  /** How many of the samples belong to the count-in; the music begins on the sample after it. */
  private count(outputs: readonly StemOutput[], count: number, countIn: CountIn & { along: number }): number {
    const { click } = this.player;
    const left = Math.round(countIn.beats * countIn.periodSamples) - countIn.along;
    const counted = Math.min(count, left);
    for (const pair of outputs) for (const channel of pair) channel.fill(0, 0, counted);
    const out = outputs[outputs.length - 1];
    let done = 0;
    for (let beat = Math.ceil(countIn.along / countIn.periodSamples); beat < countIn.beats; beat++) {
      const at = Math.round(beat * countIn.periodSamples) - countIn.along;
      if (at >= counted) break;
      click.render(out[0], done, at);
      done = at;
      click.strike(beat === 0);
    }
    click.render(out[0], done, counted);
    out[1].set(out[0].subarray(0, counted));
    countIn.along += counted;
    if (counted === left) {
      this.countIn = null;
      this.player.play();
    }
    return counted;
  }
}
