// Carries out commands for whatever host runs the StretchPlayer.

import { type Command, type Report, REPORT_EVERY } from './protocol';
import { type StemOutput, StretchPlayer } from './stretch';

export class CommandedPlayer {
  private player = new StretchPlayer([]);
  private seekId = 0;
  private sinceReport = 0;
  private hasEnded = false;

  constructor(private readonly report: (report: Report) => void) {}

  handle(command: Command): void {
    switch (command.type) {
      case 'load':
        this.player = new StretchPlayer(command.stems);
        break;
      case 'play':
        this.player.play();
        break;
      case 'pause':
        this.player.pause();
        break;
      case 'seek':
        this.player.seek(command.position);
        this.seekId = command.id;
        break;
      case 'speed':
        this.player.setSpeed(command.speed);
        break;
      case 'loop':
        this.player.setLoop(command.loop);
        break;
    }
    this.sinceReport = REPORT_EVERY;
  }

  /** `time`: when the first of these samples is put out. */
  process(outputs: readonly StemOutput[], count: number, time: number): void {
    this.sinceReport += count;
    const ended = this.player.isAtEnd;
    if (this.sinceReport >= REPORT_EVERY || ended !== this.hasEnded) {
      this.report({ position: this.player.position, time, ended, seekId: this.seekId });
      this.sinceReport = 0;
      this.hasEnded = ended;
    }
    this.player.process(outputs, count);
  }
}
