// A refusal of a partial update is shown as a whole page: the form is sent again the plain way.
document.addEventListener("htmx:response:error", (event) => {
  const form = event.target.closest?.("form");
  if (form) HTMLFormElement.prototype.submit.call(form);
  else location.reload();
});
