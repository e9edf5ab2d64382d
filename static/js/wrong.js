// After a refusal the first wrong field has the focus; without JavaScript the summary has it.
if (document.querySelector(".summary-errors[autofocus]")) {
  document.querySelector('.field [aria-invalid="true"], .choice-wrong input')?.focus();
}
