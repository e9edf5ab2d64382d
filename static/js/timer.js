// Counts down the seconds that the server said are left. The reader's clock may be wrong, and a demo's clock is moved.
const two = (value) => String(value).padStart(2, "0");

function run(element, left, draw) {
  const end = performance.now() + left * 1000;
  let clock = 0;
  const step = () => {
    const now = Math.max(0, Math.round((end - performance.now()) / 1000));
    draw(element, now);
    if (now === 0) {
      clearInterval(clock);
      element.dispatchEvent(new CustomEvent("timer:end", { bubbles: true }));
    }
  };
  clock = setInterval(step, 1000);
}

function minutes(element, left) {
  element.textContent = `${Math.floor(left / 60)}:${two(left % 60)}`;
}

function days(element, left) {
  if (left === 0) {
    element.textContent = element.dataset.over;
    return;
  }
  const [d, h, m] = element.querySelectorAll("b");
  d.textContent = Math.floor(left / 86400);
  h.textContent = two(Math.floor((left % 86400) / 3600));
  m.textContent = two(Math.floor((left % 3600) / 60));
}

document.querySelectorAll("[data-left]").forEach((e) => run(e, Number(e.dataset.left), minutes));
document.querySelectorAll("[data-count-left]").forEach((e) => run(e, Number(e.dataset.countLeft), days));
