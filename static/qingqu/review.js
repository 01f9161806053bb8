// Keys of the review page: Alt+1 approve, Alt+2 return, Ctrl+Enter send. Everything works without them.
(function () {
  "use strict";
  const form = document.querySelector("form[data-keys]");
  if (!form) return;
  const choose = (value) => {
    const radio = form.querySelector(`input[name=decision][value=${value}]`);
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
    radio.focus();
  };
  document.addEventListener("keydown", (event) => {
    if (event.altKey && event.code === "Digit1") choose("approve");
    else if (event.altKey && event.code === "Digit2") choose("return");
    else if ((event.ctrlKey || event.metaKey) && event.key === "Enter") form.requestSubmit(form.querySelector("[type=submit]"));
    else return;
    event.preventDefault();
  });
})();
