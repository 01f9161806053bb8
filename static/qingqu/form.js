// The form saves itself while one writes. Without this script every button still works.
// It sends the same fields to data-save, keeps them on this device while there is no network, and never overwrites:
// where the group was changed elsewhere it stops and asks.
(function () {
  "use strict";
  const form = document.getElementById("group-form");
  if (!form) return;
  const say = form.dataset;
  const state = document.querySelector("#save-state span");
  const icon = document.querySelector("#save-state use");
  const staleNote = document.getElementById("stale-note");
  const WAIT = 1500;
  const AGAIN = 15000;
  let timer = 0;
  let running = null;
  let dirty = false;
  let stopped = false;

  function tell(text, sign) {
    if (state) state.textContent = text;
    if (icon && sign) icon.setAttribute("href", icon.getAttribute("href").replace(/#.*/, "#" + sign));
  }

  // ---- this device's copy, only while the network is gone
  const store = {
    keep(body) {
      try { localStorage.setItem(say.store, body); } catch { /* private mode: the page itself still holds it */ }
    },
    drop() {
      try { localStorage.removeItem(say.store); } catch { /* nothing kept */ }
    },
    read() {
      try { return localStorage.getItem(say.store); } catch { return null; }
    },
  };

  function body() {
    const data = new FormData(form);
    data.delete("then");
    return new URLSearchParams(data).toString();
  }

  function offline() {
    store.keep(body());
    tell(say.sayOffline, "cloud-off");
    clearTimeout(timer);
    timer = setTimeout(save, AGAIN);
  }

  function stop(text, isStale) {
    stopped = true;
    clearTimeout(timer);
    tell(text, "alert");
    if (isStale && staleNote) staleNote.hidden = false;
  }

  function showErrors(errors) {
    form.querySelectorAll(".field-error[data-live]").forEach((node) => node.remove());
    Object.entries(errors || {}).forEach(([id, said]) => {
      const field = document.getElementById(id);
      if (!field) return;
      const node = document.createElement("p");
      node.className = "field-error";
      node.dataset.live = "yes";
      node.textContent = said.join(" ");
      field.after(node);
    });
  }

  function show(answer) {
    form.elements.version.value = answer.version;
    form.elements.seen.value = answer.seen;
    tell(answer.say, "cloud-check");
    showErrors({});
    Object.entries(answer.items || {}).forEach(([pk, item]) => {
      const level = form.querySelector(`[data-level="${pk}"]`);
      const hints = form.querySelector(`[data-hints="${pk}"]`);
      const chip = form.querySelector(`[data-chip="${pk}"]`);
      const unseen = form.querySelector(`[data-unseen="${pk}"]`);
      if (level) level.innerHTML = item.level;
      if (hints) hints.innerHTML = item.hints;
      if (chip) chip.innerHTML = item.chip;
      if (unseen && !item.unseen && !unseen.querySelector("input").checked) unseen.hidden = true;
      if (unseen && item.unseen) unseen.hidden = false;
    });
    if (answer.opened) {  // a step was found to have a risk: its item is on the page that comes
      location.hash = "item-" + answer.opened;
      location.reload();
    }
  }

  async function send() {
    const sent = body();
    dirty = false;
    tell(say.sayTyping, "cloud-check");
    let response;
    try {
      response = await fetch(say.save, {
        method: "POST",
        body: sent,
        headers: { "Content-Type": "application/x-www-form-urlencoded", "X-Requested-With": "form" },
        credentials: "same-origin",
        redirect: "error",
      });
    } catch {
      dirty = true;
      offline();
      return;
    }
    let answer = {};
    try { answer = await response.json(); } catch { /* a page instead of an answer: signed out, or a fault */ }
    if (response.ok) {
      store.drop();
      show(answer);
    } else if (response.status === 422) {
      showErrors(answer.errors);
      tell(answer.say || say.sayStopped, "alert");
    } else if (response.status === 409) {
      stop(answer.stale ? say.sayStale : answer.say, answer.stale);
    } else if (response.status >= 500) {
      dirty = true;
      offline();
    } else {
      store.keep(sent);
      stop(say.sayStopped, false);
    }
  }

  function save() {
    clearTimeout(timer);
    if (stopped) return Promise.resolve();
    if (running) {
      dirty = true;
      return running;
    }
    running = send().finally(() => {
      running = null;
      if (dirty && !stopped && navigator.onLine) later(WAIT);
    });
    return running;
  }

  function later(wait) {
    if (stopped) return;
    dirty = true;
    clearTimeout(timer);
    timer = setTimeout(save, wait);
  }

  form.addEventListener("input", () => later(WAIT));
  form.addEventListener("change", (event) => later(event.target.matches("textarea, input[type=text]") ? WAIT : 200));

  // ---- a press waits for what is on its way, and stays here while there is no network
  function release() {
    delete form.dataset.sent;
    delete form.dataset.confirmed;
    setTimeout(() => form.querySelectorAll("button[type=submit]").forEach((button) => button.removeAttribute("aria-disabled")), 0);
  }
  let passing = false;
  form.addEventListener("submit", async (event) => {
    if (passing) return;
    const button = event.submitter;
    if (navigator.onLine && !running) {
      clearTimeout(timer);
      dirty = false;  // what leaves with the press is not saved once more while the page goes
      store.drop();
      return;
    }
    event.preventDefault();
    release();
    if (running) await running;
    if (!navigator.onLine || (dirty && !stopped && store.read())) {
      offline();
      return;
    }
    clearTimeout(timer);
    dirty = false;
    passing = true;
    setTimeout(() => form.requestSubmit(button || undefined), 0);
  });

  addEventListener("online", () => { if (dirty || store.read()) save(); });
  addEventListener("offline", () => { if (dirty) offline(); });
  document.addEventListener("visibilitychange", () => {
    // the phone goes into the pocket
    if (document.visibilityState === "hidden" && dirty && !running) save();
  });

  // ---- what this device kept while there was no network comes back into the fields and is uploaded
  function restore(kept) {
    const data = new URLSearchParams(kept);
    const seen = new Set(data.keys());
    for (const field of form.elements) {
      if (!field.name || ["csrfmiddlewaretoken", "then"].includes(field.name)) continue;
      if (field.type === "radio" || field.type === "checkbox") field.checked = data.getAll(field.name).includes(field.value);
      else if (seen.has(field.name)) field.value = data.get(field.name);
    }
  }
  const kept = store.read();
  if (kept && new URLSearchParams(location.search).has("fresh")) {
    store.drop();
  } else if (kept) {
    restore(kept);
    dirty = true;
    tell(say.sayRestored, "cloud-check");
    save();
  }

  // ---- a link to one risk, or to a step, unfolds it
  function unfold() {
    const aimed = location.hash ? document.getElementById(location.hash.slice(1)) : null;
    if (!aimed) return;
    if (aimed.matches("details")) aimed.open = true;
    aimed.scrollIntoView();
  }
  addEventListener("hashchange", unfold);
  unfold();
})();
