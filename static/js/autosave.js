// A draft keeps itself: a few seconds after a change it is sent as it stands, and a quiet line says when.
const form = document.querySelector("[data-autosave]");
const WAIT_MS = 3000;
const RETRY_MS = 15000;

if (form) {
  const said = form.querySelector("[data-said]");
  const version = form.elements.version;
  let dirty = false;
  let stopped = false;
  let timer = 0;
  let saving = null;

  const say = (text, kind = "") => {
    said.textContent = text;
    said.dataset.kind = kind;
  };

  const later = (ms) => {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(save, ms);
  };

  async function send() {
    dirty = false;
    say(form.dataset.saving);
    try {
      // keepalive: a page that is being left still sends what was typed; the longest draft is below its 64 KB.
      const body = new FormData(form);
      const answer = await fetch(form.dataset.autosave, { method: "POST", body, redirect: "error", keepalive: true });
      if (answer.ok) {
        const kept = await answer.json();
        version.value = kept.version;
        say(kept.said, "done");
        return;
      }
      stopped = answer.status < 500 && answer.status !== 429;
      say(answer.status === 409 ? form.dataset.conflict : form.dataset.refused, "wrong");
    } catch {
      say(form.dataset.failed, "wrong");
    }
    dirty = true;
    later(RETRY_MS);
  }

  // One at a time: the next one goes out over the version that the last one made.
  async function save() {
    clearTimeout(timer);
    if (saving) await saving;
    if (!dirty || stopped || form.dataset.sent) return;
    saving = send();
    await saving;
    saving = null;
  }

  form.addEventListener("input", () => {
    dirty = true;
    later(WAIT_MS);
  });

  // Another form of the page leads away from here: what was typed goes first.
  document.addEventListener("submit", (event) => {
    if (event.target === form) {
      clearTimeout(timer);
      return;
    }
    if (stopped || !(dirty || saving)) return;
    event.preventDefault();
    const { target, submitter } = event;
    save().then(() => {
      stopped = true;
      target.requestSubmit(submitter);
    });
  }, true);

  addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") save();
  });
}
