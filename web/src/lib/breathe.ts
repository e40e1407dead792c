// Long work on the page's own thread, in pieces.

/** Lets the page do what waits. Not by a timer: those of a page that nobody looks at fire once a second, or once a minute. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
