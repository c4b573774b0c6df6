// Keys of the console: what the browser and Flutter would change or swallow is taken before them and
// sent over the byte channel in frames that `views/terminal_input.py` describes.
// The server finds place and time for an unseen text area; this script knows it by its name.
(() => {
  "use strict";

  const CHANNEL = 0x6b657973;
  const FIELD = '[flt-semantics-identifier="console-keys"]';
  const SCREEN = '[flt-semantics-identifier="console-screen"]';
  const LARGEST_PASTE = 1024 * 1024;
  const SHIFT = 1, ALT = 2, CONTROL = 4, META = 8;
  const NAMED = /^(Enter|Tab|Backspace|Escape|Delete|Insert|Home|End|PageUp|PageDown|Clear|Arrow(Up|Down|Left|Right)|F([1-9]|1[0-9]|2[0-4]))$/;
  const IS_MAC = /Mac|iP(hone|ad|od)/.test(navigator.platform);
  const encoder = new TextEncoder();

  function send(kind, text) {
    heroCockpit.send(CHANNEL, encoder.encode(kind + text));
  }

  // --- The text area: Flutter makes it, moves it, and makes it anew at will.

  function isField(target) {
    return target instanceof HTMLTextAreaElement && target.closest(FIELD) !== null;
  }

  const findField = () => document.querySelector(`${FIELD} textarea`);

  function on(type, handle) {
    window.addEventListener(type, (event) => {
      if (isField(event.target)) handle(event);
    }, true);
  }

  function take(event) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  // --- Keys.

  function modifiers(event) {
    const altGraph = event.getModifierState("AltGraph");
    return (event.shiftKey ? SHIFT : 0) | (event.altKey && !altGraph ? ALT : 0)
      | (event.ctrlKey && !altGraph ? CONTROL : 0) | (event.metaKey ? META : 0);
  }

  // With Control the letter of the key counts, also where the layout has none of the Latin ones.
  function letter(event) {
    if (event.key.charCodeAt(0) < 128) return event.key;
    const match = /^(?:Key([A-Z])|Digit([0-9]))$/.exec(event.code);
    return match ? (match[1] || match[2]).toLowerCase() : event.key;
  }

  function keypad(event) {
    if (!event.code.startsWith("Numpad") || event.key.length > 1 && event.key !== "Enter") return null;
    return event.code.replace("Numpad", "Keypad");
  }

  function pressed(event) {
    if (event.isComposing || event.keyCode === 229 || event.key === "Dead") {
      event.stopImmediatePropagation();
      return;
    }
    const held = modifiers(event);
    const control = held & CONTROL, shift = held & SHIFT;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;

    if (control && shift && key === "l") return take(event), event.target.blur();
    if (control && shift && key === "c" || control && key === "Insert" || IS_MAC && held === META && key === "c") {
      return take(event), send("c", "");
    }
    // The browser's own paste comes back as a paste event; its zoom and the system's keys are its own.
    const pastes = control && shift && key === "v" || held === SHIFT && key === "Insert" || held === META;
    const zooms = control && !(held & ALT) && ["+", "-", "=", "0"].includes(key);
    if (pastes || zooms) return event.stopImmediatePropagation();

    const pad = keypad(event);
    if (pad !== null) return take(event), send("k", held.toString(16) + pad);
    if (NAMED.test(event.key)) return take(event), send("k", held.toString(16) + event.key);
    if (event.key.length > 2) return event.stopImmediatePropagation();
    const composes = IS_MAC && held & ALT && !control;
    if (held & (ALT | CONTROL) && !composes) {
      return take(event), send("k", (control && !shift ? held : held & ~SHIFT).toString(16) + letter(event));
    }
    take(event);
    send("t", event.key);
  }

  on("keydown", pressed);
  on("keypress", (event) => event.stopImmediatePropagation());

  // --- Text that does not come by a key: input methods, dead keys, phones, dictation.

  let composing = false;

  function clear(field) {
    if (field.value !== "") field.value = "";
  }

  on("compositionstart", (event) => {
    composing = true;
    event.stopImmediatePropagation();
  });
  on("compositionupdate", (event) => event.stopImmediatePropagation());
  on("compositionend", (event) => {
    composing = false;
    event.stopImmediatePropagation();
    if (event.data) send("t", event.data);
    clear(event.target);
  });

  on("beforeinput", (event) => {
    event.stopImmediatePropagation();
    if (composing || event.isComposing) return;
    event.preventDefault();
    if (event.inputType === "insertText" && event.data) send("t", event.data);
    else if (event.inputType === "insertReplacementText" && event.data) send("t", event.data);
    else if (event.inputType === "deleteContentBackward") send("k", "0Backspace");
    else if (event.inputType === "deleteContentForward") send("k", "0Delete");
    else if (/^insert(LineBreak|Paragraph)$/.test(event.inputType)) send("k", "0Enter");
  });
  on("input", (event) => {
    event.stopImmediatePropagation();
    if (!composing) clear(event.target);
  });
  window.addEventListener("selectionchange", (event) => {
    if (isField(document.activeElement)) event.stopImmediatePropagation();
  }, true);

  // --- Clipboard.

  function paste(event) {
    take(event);
    const text = event.clipboardData ? event.clipboardData.getData("text/plain") : "";
    if (encoder.encode(text).length > LARGEST_PASTE) send("b", "");
    else if (text !== "") send("p", text);
  }

  on("paste", paste);
  for (const type of ["copy", "cut"]) on(type, take);

  // --- Focus, also straight from a finger's tap: only then do phones show their keyboard.

  on("focus", () => send("f", "1"));
  on("blur", () => send("f", "0"));

  function isOverScreen(event) {
    const screen = document.querySelector(SCREEN);
    if (screen === null) return false;
    const box = screen.getBoundingClientRect();
    return event.clientX >= box.left && event.clientX < box.right
      && event.clientY >= box.top && event.clientY < box.bottom;
  }

  window.addEventListener("pointerup", (event) => {
    const field = findField();
    if (event.pointerType === "touch" && field !== null && isOverScreen(event)) {
      field.focus({ preventScroll: true });
    }
  }, true);

  // A press on the screen leaves the keyboard where it is.
  window.addEventListener("mousedown", (event) => {
    if (event.button === 0 && isOverScreen(event) && isField(document.activeElement)) event.preventDefault();
  }, true);

  // The middle button pastes into the text area that lies under the pointer at that moment.
  window.addEventListener("mousedown", (event) => {
    const field = findField();
    if (event.button !== 1 || field === null || !isOverScreen(event)) return;
    const box = field.getBoundingClientRect();
    const before = field.style.transform;
    field.style.transform = `translate(${event.clientX - box.left - 4}px, ${event.clientY - box.top - 4}px)`;
    window.addEventListener("mouseup", () => setTimeout(() => (field.style.transform = before)), { once: true });
    event.stopImmediatePropagation();
    field.focus({ preventScroll: true });
  }, true);
})();
