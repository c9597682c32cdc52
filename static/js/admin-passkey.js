// Shows the new passkey among the methods once the browser has added it.
document.addEventListener("otp_webauthn.register_complete", () => window.location.reload());
