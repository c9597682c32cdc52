// Gallery: thumbnails scroll the track, and show its position.

export function scrollToPicture(id) {
  const slide = id && document.getElementById(id);
  const track = slide?.closest("[data-gallery] .gallery__track");
  if (track) track.scrollTo({ left: slide.offsetLeft - track.offsetLeft });
}

export function startGallery(gallery) {
  const track = gallery.querySelector(".gallery__track");
  const thumbs = [...gallery.querySelectorAll(".gallery__thumbs a")];
  for (const thumb of thumbs) {
    thumb.addEventListener("click", (event) => {
      event.preventDefault();
      scrollToPicture(thumb.hash.slice(1));
    });
  }
  const markShown = () => markThumb(thumbs, Math.round(track.scrollLeft / track.clientWidth));
  track.addEventListener("scroll", markShown, { passive: true });
}

export function markThumb(thumbs, current) {
  thumbs.forEach((thumb, place) => {
    if (place === current) thumb.setAttribute("aria-current", "true");
    else thumb.removeAttribute("aria-current");
  });
}
