// A variant in a legend, pointed at or pressed, stands out in all figures.
"use strict";
(() => {
  let pressed = null;
  const items = [...document.querySelectorAll(".legend .item")];
  const drawn = [...document.querySelectorAll("figure [data-variant]")];
  const show = (variant) => {
    for (const part of drawn) part.classList.toggle("dimmed", variant !== null && part.dataset.variant !== variant);
  };
  const press = (variant) => {
    pressed = pressed === variant ? null : variant;
    for (const item of items) item.setAttribute("aria-pressed", String(item.dataset.variant === pressed));
    show(pressed);
  };
  for (const item of items) {
    const variant = item.dataset.variant;
    item.setAttribute("role", "button");
    item.setAttribute("aria-pressed", "false");
    item.tabIndex = 0;
    item.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && show(variant));
    item.addEventListener("pointerleave", () => show(pressed));
    item.addEventListener("click", () => press(variant));
    item.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      press(variant);
    });
  }
})();
