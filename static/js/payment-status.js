// Asks for the payment's state, less and less often, and reloads the page when it is known.

const FIRST_DELAY = 2000;
const LONGEST_DELAY = 15000;
// People who wait for a service that is down learn soon that it is back.
const SILENT_DELAY = 4000;

const UNSETTLED = ["confirming", "starting"];

const place = document.querySelector("[data-confirming]");
if (place) scheduleCheck(place.dataset.confirming, FIRST_DELAY);

function scheduleCheck(address, delay) {
  setTimeout(async () => {
    const answer = await askState(address);
    if (isSettled(answer)) return location.reload();
    const wasSilent = "silent" in place.dataset;
    const isSilent = answer.waits_for === "next";
    showSilence(place, isSilent);
    const longest = place.dataset.longestDelay ?? LONGEST_DELAY;
    scheduleCheck(address, Math.min(chooseDelay(delay, { wasSilent, isSilent }), longest));
  }, delay);
}

/** Return the delay before the next check: longer each time, and short again once the service answers. */
export function chooseDelay(delay, { wasSilent, isSilent }) {
  if (isSilent) return SILENT_DELAY;
  return wasSilent ? FIRST_DELAY : Math.min(delay * 1.3, LONGEST_DELAY);
}

/** Say what we wait for. */
export function showSilence(place, isSilent) {
  place.toggleAttribute("data-silent", isSilent);
  place.querySelector("[data-usual]")?.toggleAttribute("hidden", isSilent);
  place.querySelector("[data-waiting]")?.toggleAttribute("hidden", !isSilent);
}

/** Ask the server. Without a connection or with an error the answer says nothing. */
export async function askState(address) {
  try {
    const response = await fetch(address, { cache: "no-store" });
    return response.ok ? await response.json() : {};
  } catch {
    return {};
  }
}

export function isSettled({ state }) {
  return state !== undefined && !UNSETTLED.includes(state);
}
