// Server-sent events by fetch: the browser's own EventSource can send no key, and tells nothing of why it failed.

export interface ServerEvent {
  id: string;
  event: string;
  data: string;
}

/** Takes the text of a stream in pieces of any size, and gives back whole events. */
export class EventParser {
  private rest = '';

  push(text: string): ServerEvent[] {
    const blocks = (this.rest + text).replace(/\r\n/g, '\n').split('\n\n');
    this.rest = blocks.pop()!;
    return blocks.flatMap((block) => {
      const event: ServerEvent = { id: '', event: 'message', data: '' };
      let hasData = false;
      for (const line of block.split('\n')) {
        const match = /^(id|event|data): ?(.*)$/.exec(line);
        if (!match) continue; // comments keep the connection alive
        const field = match[1] as keyof ServerEvent;
        if (field === 'data') {
          event.data += (hasData ? '\n' : '') + match[2];
          hasData = true;
        } else {
          event[field] = match[2];
        }
      }
      return hasData ? [event] : [];
    });
  }
}
