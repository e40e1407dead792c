// Questions that the page puts in front of everything else, and short messages.

import { h } from './dom';

/** Whether the pointer is on what the dialog covers. Its own edge is not. */
function isBeside(dialog: HTMLDialogElement, { clientX, clientY }: MouseEvent): boolean {
  const { left, right, top, bottom } = dialog.getBoundingClientRect();
  return clientX < left || clientX > right || clientY < top || clientY > bottom;
}

/** Resolves with what `finish` is called with, or null if the user turns away. */
function openDialog<T>(build: (finish: (value: T) => void) => HTMLElement[], label: string): Promise<T | null> {
  return new Promise((resolve) => {
    let result: T | null = null;
    const dialog: HTMLDialogElement = h('dialog', { 'aria-label': label });
    const finish = (value: T) => {
      result = value;
      dialog.close();
    };
    dialog.append(...build(finish));
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(result);
    });
    let isPressedBeside = false; // a selection that began inside may end outside
    dialog.addEventListener('pointerdown', (event) => (isPressedBeside = isBeside(dialog, event)));
    dialog.addEventListener('click', (event) => {
      if (event.target === dialog && isPressedBeside && isBeside(dialog, event)) dialog.close();
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

export async function confirmDialog(title: string, text: string, action: string): Promise<boolean> {
  const answer = await openDialog<boolean>(
    (finish) => [
      h('h2', {}, title),
      h('p', {}, text),
      h(
        'div',
        { class: 'actions' },
        h('button', { type: 'button', class: 'pill', on: { click: () => finish(false) } }, 'Keep it'),
        h('button', { type: 'button', class: 'pill danger', on: { click: () => finish(true) } }, action),
      ),
    ],
    title,
  );
  return answer === true;
}

export function askForKey(wasWrong: boolean): Promise<string | null> {
  return openDialog<string>((finish) => {
    const input = h('input', { type: 'password', name: 'key', autocomplete: 'current-password', required: true, autofocus: true });
    const send = (event: Event) => {
      event.preventDefault();
      if (input.value.trim()) finish(input.value.trim());
    };
    return [
      h('h2', {}, 'A key, please'),
      h(
        'form',
        { on: { submit: send } },
        h('p', {}, wasWrong ? 'The service did not accept that key.' : 'This service asks for an API key. It is kept on this device only.'),
        h('label', { class: 'field' }, h('span', { class: 'label' }, 'API key'), input),
        h('div', { class: 'actions' }, h('button', { type: 'submit', class: 'pill main' }, 'Use this key')),
      ),
    ];
  }, 'API key');
}

export function showDialog(title: string, ...content: HTMLElement[]): Promise<boolean | null> {
  return openDialog<boolean>(
    (finish) => [
      h('h2', {}, title),
      ...content,
      h('div', { class: 'actions' }, h('button', { type: 'button', class: 'pill', on: { click: () => finish(true) } }, 'Close')),
    ],
    title,
  );
}

const TOAST_MS = 5000;
const toasts = h('div', { class: 'toasts', role: 'status' });

export function startToasts(): void {
  document.body.append(toasts);
}

export function toast(message: string): void {
  const element = h('div', { class: 'toast' }, message);
  toasts.append(element);
  setTimeout(() => element.remove(), TOAST_MS);
}
