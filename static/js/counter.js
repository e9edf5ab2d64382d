// How much of a text is written; a CJK character counts as two, as it does on the server.
const wide = /[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\u{20000}-\u{3ffff}]/u;

function weight(text) {
  let sum = 0;
  for (const character of text.trim()) sum += wide.test(character) ? 2 : 1;
  return sum;
}

for (const output of document.querySelectorAll("[data-counts]")) {
  const field = document.getElementById(output.dataset.counts);
  const least = Number(output.dataset.least) || 0;
  const show = () => {
    const written = weight(field.value);
    output.textContent = output.dataset.text.replace("{}", written.toLocaleString(document.documentElement.lang));
    output.toggleAttribute("data-enough", least > 0 && written >= least);
  };
  field.addEventListener("input", show);
  show();
}
