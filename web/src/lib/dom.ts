// Elements without a framework.

export type Child = Node | string | null | undefined | false;

type Handlers = { [Name in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Name]) => void };

interface Options {
  class?: string;
  on?: Handlers;
  /** Attributes; false and null leave one out, true sets it empty. */
  [attribute: string]: string | number | boolean | null | undefined | Handlers;
}

function setAttributes(element: Element, options: Options): void {
  for (const [name, value] of Object.entries(options)) {
    if (name === 'on' || value === null || value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const [name, handler] of Object.entries(options.on ?? {})) element.addEventListener(name, handler as EventListener);
}

function isChild(child: Child): child is Node | string {
  return child !== null && child !== undefined && child !== false;
}

export function h<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, options: Options = {}, ...children: Child[]): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  setAttributes(element, options);
  element.append(...children.filter(isChild));
  return element;
}

export function svg<Tag extends keyof SVGElementTagNameMap>(tag: Tag, options: Options = {}, ...children: Child[]): SVGElementTagNameMap[Tag] {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  setAttributes(element, options);
  element.append(...children.filter(isChild));
  return element;
}

export function replace(parent: Element, ...children: Child[]): void {
  parent.replaceChildren(...children.filter(isChild));
}

/** A drawing of 24 by 24, in lines. */
export function icon(...paths: string[]): SVGElement {
  return svg('svg', { class: 'icon', viewBox: '0 0 24 24', 'aria-hidden': 'true' }, ...paths.map((d) => svg('path', { d })));
}

export const ICONS = {
  play: ['M8 5.5v13l10.5-6.5z'],
  pause: ['M8.5 5.5v13', 'M15.5 5.5v13'],
  start: ['M6 5.5v13', 'M18.5 5.5v13L9 12z'],
  loop: ['M17 3l3 3-3 3', 'M20 6H8a4 4 0 0 0-4 4v1', 'M7 21l-3-3 3-3', 'M4 18h12a4 4 0 0 0 4-4v-1'],
  back: ['M14.5 5.5L8 12l6.5 6.5'],
  trash: ['M5 7h14', 'M10 7V4.5h4V7', 'M7 7l.8 12.5h8.4L17 7'],
  close: ['M6.5 6.5l11 11', 'M17.5 6.5l-11 11'],
  link: ['M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7l-1 1', 'M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7l1-1'],
  download: ['M12 4v11', 'M7.5 11l4.5 4.5L16.5 11', 'M5 19.5h14'],
  theme: ['M12 4a8 8 0 1 0 0 16z', 'M12 4a8 8 0 0 1 0 16'],
  search: ['M15.5 15.5L20 20', 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13z'],
  plus: ['M12 5.5v13', 'M5.5 12h13'],
  minus: ['M5.5 12h13'],
  retry: ['M19.5 12a7.5 7.5 0 1 1-2.2-5.3L19.5 9', 'M19.5 4.5V9H15'],
  metronome: ['M9.2 4.5h5.6l3.2 15H6z', 'M12 15.5L17.5 7', 'M7.2 14.5h9.6'],
  sound: ['M5 9.5v5h3l4.5 3.5V6L8 9.5z', 'M15.5 9.2a4 4 0 0 1 0 5.6', 'M18 6.7a7.5 7.5 0 0 1 0 10.6'],
  follow: ['M4 12h13', 'M12 6.5l5.5 5.5-5.5 5.5', 'M20.5 5v14'],
} as const;

export function button(label: string, iconPaths: readonly string[], onClick: () => void, options: Options = {}): HTMLButtonElement {
  return h('button', { type: 'button', 'aria-label': label, title: label, ...options, on: { click: onClick } }, icon(...iconPaths));
}
