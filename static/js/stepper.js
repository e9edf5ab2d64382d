// One fewer, one more; the ends of the range close their button.
function settle(stepper) {
  const input = stepper.querySelector("input");
  const value = Number(input.value) || 0;
  for (const button of stepper.querySelectorAll("[data-by]")) {
    const next = value + Number(button.dataset.by);
    button.disabled = next < Number(input.min) || next > Number(input.max);
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-stepper] [data-by]");
  if (!button) return;
  const stepper = button.closest("[data-stepper]");
  const input = stepper.querySelector("input");
  const wanted = (Number(input.value) || 0) + Number(button.dataset.by);
  input.value = Math.min(Number(input.max), Math.max(Number(input.min), wanted));
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.dispatchEvent(new Event("change", { bubbles: true }));
});
document.addEventListener("input", (event) => {
  const stepper = event.target.closest("[data-stepper]");
  if (stepper) settle(stepper);
});
document.querySelectorAll("[data-stepper]").forEach(settle);
