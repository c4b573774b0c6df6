// What the page needs before Flutter starts: no foreign scripts, a watched WebSocket with raw byte
// channels, a polite way to wait for a lost connection, and a tree for screen readers.
// `heroCockpit` is what other scripts may use: send(channel, bytes), onFrame(channel, handler).
(() => {
  "use strict";

  const RETRY_MS = [0, 0, 1000, 2000, 4000, 8000, 15000, 30000];
  const ANSWER_WITHIN_MS = 5000;
  const SILENCE_MS = 2.5 * heroCockpitLifeMs;
  const LOOK_MS = 1000;
  const RELOAD_PAUSE_MS = 30000;
  const SLOW_START_MS = 20000;
  const TRY_LATER = 1013;
  const LOAD_AGAIN = 4409;
  const SILENT = "silent";
  const LIFE = 0;

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
    const channel = packet.getUint32(1, true);
    const handler = handlers.get(channel);
    if (channel === LIFE) {
      event.stopImmediatePropagation();
      vouch(new TextDecoder().decode(new Uint8Array(event.data, 5)));
    }
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

  // Flet shows nothing but "Working…" from when it hears of an end until it is connected again, so
  // it hears of it when somebody answers again.
  function watch(socket) {
    let over = false;
    const end = (code) => {
      if (over) return;
      over = true;
      if (current === socket) current = null;
      if (code === LOAD_AGAIN) location.reload();
      else lost(reasons[code] || gone, () => socket.dispatchEvent(new CloseEvent("close")));
    };
    socket.addEventListener("open", () => {
      current = socket;
      heard = performance.now();
      giveUp = () => {
        end(SILENT);
        socket.close();
      };
    });
    socket.addEventListener("message", () => {
      heard = performance.now();
      drawn = true;
      failures = 0;
      dim(false);
      clearNotice();
    });
    socket.addEventListener("message", deliver);
    for (const type of ["error", "close"]) {
      socket.addEventListener(type, (event) => {
        if (!event.isTrusted) return;
        event.stopImmediatePropagation();
        if (type === "close") end(event.code);
      });
    }
  }

  // --- A machine that hangs closes nothing: it is only silent.

  let heard = 0;
  let looked = 0;
  let giveUp = null;

  setInterval(() => {
    const now = performance.now();
    // A page that slept has heard nothing, and gets what came meanwhile first.
    if (now - looked > 5 * LOOK_MS) heard = Math.max(heard, now - SILENCE_MS + 5 * LOOK_MS);
    looked = now;
    if (current !== null && now - heard > SILENCE_MS) giveUp();
  }, LOOK_MS);

  // --- The way back.

  const gone = () => "Connection lost";
  const reasons = {
    [SILENT]: () => `No word from the machine for ${Math.round((performance.now() - heard) / 1000)} s`,
    [TRY_LATER]: () => "As many pages are open as this machine can show; close one",
  };

  function lost(reason, release) {
    const delay = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)];
    failures += 1;
    dim(true);
    if (failures > 1 || reason !== gone) showNotice(reason, Date.now() + delay);
    const timer = setTimeout(go, delay);
    async function go() {
      clearTimeout(timer);
      retryNow = null;
      const answer = await ask("health");
      if (answer === "ok") release();
      else if (answer === "stranger") reload();
      if (answer !== "ok") lost(reason, release);
    }
    retryNow = go;
  }

  window.addEventListener("online", () => retryNow && retryNow());

  // Tell how the front answers for a path: `ok`, `stranger` when it wants a sign-in, which only a
  // fresh page can show, or `none`.
  async function ask(path) {
    try {
      const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
      const url = new URL(path, document.baseURI);
      const answer = await fetch(url, { redirect: "manual", cache: "no-store", signal });
      const refused = answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403;
      return refused ? "stranger" : answer.ok ? "ok" : "none";
    } catch {
      return "none";
    }
  }

  // The server wants to hear from the front that whoever it served may still be served.
  async function vouch(ticket) {
    if (ticket !== "" && (await ask(`vouch/${ticket}`)) === "stranger") reload();
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

  // --- The notice: what is wrong, over a page that is dimmed because it may be out of date and
  // whose presses would go nowhere.

  function dim(on) {
    document.documentElement.classList.toggle("out-of-date", on);
  }

  let notice = null;
  let ticking = null;

  function showNotice(reason, until) {
    if (notice === null) {
      notice = document.createElement("div");
      notice.id = "connection";
      notice.setAttribute("role", "status");
      const words = document.createElement("span");
      const button = document.createElement("button");
      button.textContent = "Try now";
      button.addEventListener("click", () => retryNow && retryNow());
      notice.append(words, button);
      document.body.append(notice);
    }
    clearInterval(ticking);
    const say = () => {
      const seconds = Math.ceil((until - Date.now()) / 1000);
      const when = seconds > 0 ? `in ${seconds} s` : "now";
      notice.firstChild.textContent = `${reason()}, trying again ${when}…`;
    };
    say();
    ticking = setInterval(say, 1000);
  }

  function clearNotice() {
    if (notice === null) return;
    clearInterval(ticking);
    notice.remove();
    notice = null;
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
