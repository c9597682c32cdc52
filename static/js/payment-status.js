// Asks for the payment's state, less and less often, and reloads the page when it is known.

const FIRST_DELAY = 2000;
const LONGEST_DELAY = 15000;

const UNSETTLED = ["confirming", "starting"];

const place = document.querySelector("[data-confirming]");
if (place) scheduleCheck(place.dataset.confirming, FIRST_DELAY);

function scheduleCheck(address, delay) {
  setTimeout(async () => {
    if (await isSettled(address)) location.reload();
    else scheduleCheck(address, Math.min(lengthenDelay(delay), place.dataset.longestDelay ?? LONGEST_DELAY));
  }, delay);
}

/** Return the delay before the next check. */
export function lengthenDelay(delay) {
  return Math.min(delay * 1.3, LONGEST_DELAY);
}

/** Ask the server. Without a connection or with an error the answer is: not yet. */
export async function isSettled(address) {
  try {
    const response = await fetch(address, { cache: "no-store" });
    return response.ok && !UNSETTLED.includes((await response.json()).state);
  } catch {
    return false;
  }
}
