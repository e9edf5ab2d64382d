// Points towards an order: the number field and the slider move together, the sum they take off stands beside them.
for (const slide of document.querySelectorAll("[data-slider]")) {
  const number = slide.querySelector("input:not([type=range])");
  const range = slide.querySelector("input[type=range]");
  const output = slide.querySelector("output");
  const { currency, perHundred } = slide.dataset;
  const money = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency });
  const minor = 10 ** money.resolvedOptions().maximumFractionDigits;

  const show = () => {
    const points = Number(range.value);
    range.style.setProperty("--share", `${(100 * points) / Math.max(1, Number(range.max))}%`);
    output.value = `\u2212${money.format(Math.floor((points * Number(perHundred)) / 100) / minor)}`;
  };
  range.addEventListener("input", () => { number.value = range.value; show(); });
  number.addEventListener("input", () => {
    const typed = Number.parseInt(number.value.normalize("NFKC"), 10) || 0;
    range.value = Math.min(typed, Number(range.max));
    show();
  });
  range.value = Number.parseInt(number.value, 10) || 0;
  show();
}
