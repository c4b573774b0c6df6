// What the page needs before Flutter starts: no foreign scripts, a watched WebSocket with raw byte
// channels, a polite way to wait for a lost connection, and a tree for screen readers.
// `heroCockpit` is what other scripts may use: send(channel, bytes), onFrame(channel, handler).
(() => {
  "use strict";

  const RETRY_MS = [0, 0, 1000, 2000, 4000, 8000, 15000, 30000];
  const ATTEMPTS_BEFORE_ASKING = 3;
  const RELOAD_PAUSE_MS = 30000;
  const SLOW_START_MS = 20000;
  const LOAD_AGAIN = 4409;

  // --- Scripts of other hosts are never loaded (rive's engine would be).

  const source = Object.getOwnPropertyDescriptor(HTMLScriptElement.prototype, "src");
  Object.defineProperty(HTMLScriptElement.prototype, "src", {
    ...source,
    set(url) {
      const target = new URL(url, document.baseURI);
      if (target.origin === location.origin || target.protocol === "blob:") source.set.call(this, url);
    },
  });

  // --- Byte channels over Flet's own WebSocket: [1][channel, 4 bytes, little endian][bytes].

  const handlers = new Map();
  let current = null;

  function send(channel, bytes) {
    if (current === null || current.readyState !== WebSocket.OPEN) return false;
    const packet = new Uint8Array(5 + bytes.length);
    packet[0] = 1;
    new DataView(packet.buffer).setUint32(1, channel, true);
    packet.set(bytes, 5);
    current.send(packet);
    return true;
  }

  function deliver(event) {
    if (!(event.data instanceof ArrayBuffer) || event.data.byteLength < 5) return;
    const packet = new DataView(event.data);
    if (packet.getUint8(0) !== 1) return;
    const handler = handlers.get(packet.getUint32(1, true));
    if (handler) handler(new Uint8Array(event.data, 5));
  }

  function onFrame(channel, handler) {
    if (handler) handlers.set(channel, handler);
    else handlers.delete(channel);
  }

  window.heroCockpit = { send, onFrame };

  // --- The watched WebSocket.

  const NativeWebSocket = window.WebSocket;
  let drawn = false;
  let failures = 0;
  let retryNow = null;

  class WatchedWebSocket extends NativeWebSocket {
    constructor(url, protocols) {
      const isOurs = new URL(url, location.href).pathname.endsWith("/ws");
      super(isOurs && drawn ? `${url}?again` : url, protocols);
      if (isOurs) watch(this);
    }
  }
  window.WebSocket = WatchedWebSocket;

  // Flet tries again as soon as it hears of an end, so it hears of it when it is time to try again.
  function watch(socket) {
    let released = false;
    socket.addEventListener("open", () => {
      current = socket;
      drawn = true;
      failures = 0;
      hideBanner();
    });
    socket.addEventListener("message", deliver);
    socket.addEventListener("error", (event) => {
      if (!released) event.stopImmediatePropagation();
    });
    socket.addEventListener("close", (event) => {
      if (released) return;
      event.stopImmediatePropagation();
      released = true;
      if (current === socket) current = null;
      if (event.code === LOAD_AGAIN) location.reload();
      else lost(() => socket.dispatchEvent(new CloseEvent("close", event)));
    });
  }

  function lost(release) {
    const delay = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)];
    failures += 1;
    if (failures >= ATTEMPTS_BEFORE_ASKING) askFront();
    if (failures > 1) showBanner(delay);
    const timer = setTimeout(go, delay);
    function go() {
      clearTimeout(timer);
      retryNow = null;
      release();
    }
    retryNow = go;
  }

  window.addEventListener("online", () => retryNow && retryNow());

  // --- The front may want a sign-in: only a fresh page can show that.

  async function askFront() {
    try {
      const answer = await fetch(document.baseURI, { redirect: "manual", cache: "no-store" });
      const signIn = answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403;
      if (signIn) reload();
    } catch {
      // Nobody answers: the next attempt will tell.
    }
  }

  function reload() {
    const last = Number(sessionStorage.getItem("heroCockpit.reloaded") || 0);
    if (Date.now() - last < RELOAD_PAUSE_MS) return;
    sessionStorage.setItem("heroCockpit.reloaded", String(Date.now()));
    location.reload();
  }

  // WebKit shows a page from its back/forward cache that never draws again.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && (navigator.vendor || "").startsWith("Apple")) location.reload();
  });

  // --- The banner.

  let banner = null;
  let ticking = null;

  function showBanner(delay) {
    if (banner === null) {
      banner = document.createElement("div");
      banner.id = "connection";
      banner.setAttribute("role", "status");
      const words = document.createElement("span");
      const button = document.createElement("button");
      button.textContent = "Try now";
      button.addEventListener("click", () => retryNow && retryNow());
      banner.append(words, button);
      document.body.append(banner);
    }
    countDown(Date.now() + delay);
  }

  function countDown(until) {
    clearInterval(ticking);
    const say = () => {
      const seconds = Math.ceil((until - Date.now()) / 1000);
      const when = seconds > 0 ? `in ${seconds} s` : "now";
      banner.firstChild.textContent = `Connection lost, trying again ${when}…`;
    };
    say();
    ticking = setInterval(say, 1000);
  }

  function hideBanner() {
    clearInterval(ticking);
    if (banner !== null) banner.remove();
    banner = null;
  }

  // --- Start: the tree for screen readers is always on; a start that fails says so.

  let started = false;
  window.addEventListener("flutter-first-frame", () => {
    started = true;
    const switchOn = document.querySelector("flt-semantics-placeholder");
    if (switchOn) switchOn.click();
  }, { once: true });

  function sayWhileLoading(text, halted) {
    const place = document.getElementById("loading-says");
    if (started || place === null) return;
    place.textContent = text;
    place.parentElement.classList.toggle("halted", halted);
  }

  window.addEventListener("error", (event) => {
    if (event.target instanceof HTMLScriptElement) {
      sayWhileLoading("The page could not be loaded completely. Please load it again.", true);
    }
  }, true);
  setTimeout(() => sayWhileLoading("This takes longer than usual. Still loading…", false), SLOW_START_MS);
})();
