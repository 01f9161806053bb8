// Small helps for pages that also work without them. Words come from the page (data-say-… on <body>).
(function () {
  "use strict";
  const say = (name) => document.body.dataset["say" + name] || "";
  const make = (tag, attributes, text) => {
    const node = document.createElement(tag);
    Object.entries(attributes || {}).forEach(([key, value]) => node.setAttribute(key, value));
    if (text) node.textContent = text;
    return node;
  };

  // ---- confirm what cannot be undone: <form data-confirm="question" data-confirm-text data-confirm-list="a|b" data-confirm-label>
  function ask(form, submitter) {
    const { confirm, confirmText, confirmList, confirmLabel } = form.dataset;
    const box = make("dialog", { class: "confirm-dialog", "aria-labelledby": "confirm-title" });
    box.append(make("h2", { id: "confirm-title" }, confirm));
    if (confirmText) box.append(make("p", {}, confirmText));
    if (confirmList) {
      const list = make("ul");
      confirmList.split("|").forEach((line) => list.append(make("li", {}, line)));
      box.append(list);
    }
    const acts = make("div", { class: "confirm-acts" });
    const back = make("button", { type: "button", class: "btn btn-quiet" }, say("Back"));
    const go = make("button", { type: "button", class: "btn btn-primary" }, confirmLabel || submitter?.textContent.trim() || say("Go"));
    back.addEventListener("click", () => box.close());
    go.addEventListener("click", () => {
      form.dataset.confirmed = "yes";
      box.close();
      form.requestSubmit(submitter || undefined);
    });
    acts.append(back, go);
    box.append(acts);
    box.addEventListener("close", () => { box.remove(); submitter?.focus(); });
    document.body.append(box);
    box.showModal();
  }

  // ---- one press, one act
  function hold(form) {
    form.dataset.sent = "yes";
    const buttons = form.querySelectorAll("button[type=submit], button:not([type])");
    setTimeout(() => buttons.forEach((button) => button.setAttribute("aria-disabled", "true")), 0);
    // a download leaves the page where it is
    if (form.hasAttribute("data-download")) setTimeout(() => release(form), 3000);
  }
  function release(form) {
    delete form.dataset.sent;
    delete form.dataset.confirmed;
    form.querySelectorAll("button[aria-disabled=true][type=submit], button[aria-disabled=true]:not([type])")
      .forEach((button) => button.removeAttribute("aria-disabled"));
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.submitter?.getAttribute("aria-disabled") === "true" || form.dataset.sent) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    if (form.dataset.confirm && !form.dataset.confirmed) {
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(form, event.submitter);
      return;
    }
    if (form.method === "post") hold(form);
  }, true);
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(release));
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest?.("form[data-sent]");
    if (form) release(form);
  });

  // ---- fields for some answers only: <input data-when="result=flaw,tendency">; an empty word means «not answered yet»
  document.querySelectorAll("[data-when]").forEach((input) => {
    const [name, wanted] = input.dataset.when.split("=");
    const box = input.closest(".form-field");
    const look = () => {
      box.hidden = !wanted.split(",").includes(new FormData(input.form).get(name) || "");
    };
    input.form.addEventListener("change", look);
    look();
  });

  // ---- filters that answer at once: <form data-autosubmit>
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (form?.hasAttribute("data-autosubmit") && event.target.matches("select, input[type=radio], input[type=checkbox]")) form.requestSubmit();
  });

  document.addEventListener("click", (event) => {
    // a greyed button says its reason beside it and does nothing
    const off = event.target.closest('a[aria-disabled="true"], button[aria-disabled="true"]');
    if (off) { event.preventDefault(); return; }

    if (event.target.closest("[data-print]")) { print(); return; }

    // <button data-copy="#where"> copies the text or value found there
    const copier = event.target.closest("[data-copy]");
    if (copier) {
      const from = document.querySelector(copier.dataset.copy);
      navigator.clipboard?.writeText(from?.value ?? from?.textContent.trim() ?? "").then(() => {
        const before = copier.textContent;
        copier.textContent = say("Copied");
        setTimeout(() => { copier.textContent = before; }, 2000);
      });
      return;
    }

    // <button data-fill='{"id_username": "…"}'> fills fields by their id
    const filler = event.target.closest("[data-fill]");
    if (filler) {
      Object.entries(JSON.parse(filler.dataset.fill)).forEach(([id, value]) => {
        const field = document.getElementById(id);
        if (field) field.value = value;
      });
      document.querySelector("form button[type=submit]")?.focus();
      return;
    }

    const closer = event.target.closest("[data-close-message]");
    if (closer) closer.closest(".page-message")?.remove();
  });

  // ---- a file that was chosen says its name: <label class="file-button"><span>…</span><input type="file"></label>
  document.addEventListener("change", (event) => {
    const button = event.target.closest?.(".file-button");
    if (!button || !event.target.files) return;
    button.classList.toggle("is-chosen", event.target.files.length > 0);
    if (event.target.files.length) button.querySelector("span").textContent = event.target.files[0].name;
  });

  // ---- long lists are found by typing: <select data-find="placeholder" data-find-none="…">
  document.querySelectorAll("select[data-find]").forEach((select) => {
    const all = [...select.children];
    const field = make("input", { type: "search", class: "form-control find-box", autocomplete: "off", placeholder: select.dataset.find,
      "aria-label": select.dataset.find, "aria-controls": select.id });
    const fitting = (node, words) => {
      if (node.tagName === "OPTION") return node.value && words.every((word) => node.textContent.toLowerCase().includes(word)) ? node : null;
      if (words.every((word) => node.label.toLowerCase().includes(word))) return node;
      const kept = [...node.children].filter((one) => fitting(one, words)).map((one) => one.cloneNode(true));
      if (!kept.length) return null;
      const group = node.cloneNode();
      group.append(...kept);
      return group;
    };
    let chosen = select.value;   // the last person shown: comes back when nobody fitted what was typed
    field.addEventListener("input", () => {
      chosen = select.value || chosen;
      const words = field.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
      const found = words.length ? all.map((node) => fitting(node, words)).filter(Boolean) : all;
      select.replaceChildren(...(found.length ? found : [make("option", { value: "" }, select.dataset.findNone)]));
      const values = [...select.options].map((option) => option.value);
      select.value = values.includes(chosen) ? chosen : values[0];
    });
    field.addEventListener("keydown", (event) => {
      if (event.isComposing || !["Enter", "ArrowDown"].includes(event.key)) return;
      event.preventDefault();
      select.focus();
    });
    select.before(field);
  });

  // ---- say when the network is gone
  const bar = document.getElementById("offline");
  const tell = () => { if (bar) bar.hidden = navigator.onLine; };
  addEventListener("online", tell);
  addEventListener("offline", tell);
  tell();
  document.addEventListener("htmx:sendError", () => { if (bar) bar.hidden = false; });
  document.addEventListener("htmx:afterOnLoad", tell);
})();
