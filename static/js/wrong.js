// After a refusal the first wrong field has the focus; without JavaScript the summary has it.
document.querySelector('.field [aria-invalid="true"], .choice-wrong input')?.focus();
