// Pages that replace parts of themselves with what the server shows.

/** Post the data and return the answer as a document. */
export async function fetchPage(address, data) {
  const response = await fetch(address, { method: "POST", body: data });
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

/** Put an element of a fetched page in the place of ours. */
export function replaceElement(old, fresh) {
  old.replaceWith(document.adoptNode(fresh));
}
