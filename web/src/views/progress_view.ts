// A job on its way: one line becomes five, stage by stage.

import { isFinal, type Job } from '../api/client';
import { h, replace } from '../lib/dom';
import { timeLeft } from '../lib/format';
import { STAGE_TEXTS, STAGES } from './app';
import { queueText } from './song_list';
import { staffDrawing } from './staff';

const STAGE_ENDS = { separation: 33, transcription: 66, chords: 100 } as const;

function summary(job: Job): string {
  if (job.status === 'queued') return queueText(job.queue_position);
  const left = job.seconds_left === null ? '' : timeLeft(job.seconds_left);
  return [`${job.progress} %`, left].filter(Boolean).join(', ');
}

export class ProgressView {
  readonly element: HTMLElement;
  private readonly drawing = staffDrawing(1000, 300, 58, { class: 'fan', preserveAspectRatio: 'none' });
  private readonly ghost = staffDrawing(1000, 300, 58, { class: 'fan ghost', preserveAspectRatio: 'none' });
  private readonly text = h('p', { class: 'percent' });
  private readonly stages = h('ol', { class: 'stages' });
  private readonly bar = h('progress', { max: 100, value: 0, class: 'hidden-text', 'aria-label': 'Progress' });
  private readonly cancel: HTMLButtonElement;

  constructor(onCancel: () => void) {
    this.cancel = h('button', { type: 'button', class: 'pill', on: { click: onCancel } }, 'Cancel');
    this.element = h('section', { class: 'progress', 'aria-label': 'Progress' }, this.ghost, this.drawing, this.bar, h('div', { class: 'progress-text' }, this.text, this.stages, this.cancel));
  }

  show(job: Job): void {
    this.text.textContent = summary(job);
    this.bar.value = job.progress;
    this.cancel.hidden = isFinal(job);
    this.drawing.style.setProperty('--progress', String(job.progress));
    const current = job.stage ?? (job.status === 'queued' ? null : 'separation');
    replace(
      this.stages,
      ...STAGES.filter((stage) => job.options.stages.includes(stage)).map((stage) => {
        const isNow = stage === current;
        const isDone = !isNow && job.status === 'processing' && current !== null && STAGE_ENDS[stage] < STAGE_ENDS[current];
        return h('li', { class: isNow ? 'now' : isDone ? 'done' : '', 'aria-current': isNow && 'step' }, STAGE_TEXTS[stage]);
      }),
    );
  }
}
