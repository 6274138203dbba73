document.addEventListener("keydown", (event) => {
  const shown = document.querySelector("li:target");
  const links = { ArrowLeft: "li:not(:first-child) > nav > [rel=prev]", ArrowRight: "li:not(:last-child) > nav > [rel=next]", Escape: ".close" };
  if (!shown || !(event.key in links) || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  shown.querySelector(links[event.key])?.click();
});
