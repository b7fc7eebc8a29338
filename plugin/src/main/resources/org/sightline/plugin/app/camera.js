/** Takes a picture with the camera, where browser and address allow it. */
import { h, iconButton } from "./dom.js";
import { t } from "./language.js";

/** Only pages from this machine, or over TLS, get the camera. */
export const hasCamera = () => Boolean(navigator.mediaDevices?.getUserMedia);

/** @return {Promise<Blob|null>} null where whoever sits there changed their mind */
export function takePicture() {
  return new Promise((done) => {
    let stream = null;
    const video = h("video", { autoplay: true, muted: true, playsInline: true, "aria-label": t("camera") });
    const said = h("p.note", { role: "status" });
    const close = (picture) => {
      stream?.getTracks().forEach((track) => track.stop());
      dialog.close();
      dialog.remove();
      done(picture);
    };
    const take = () => {
      const canvas = h("canvas", { width: video.videoWidth, height: video.videoHeight });
      canvas.getContext("2d").drawImage(video, 0, 0);
      canvas.toBlob(close, "image/jpeg", 0.9);
    };
    const shutter = h("button.primary", { type: "button", disabled: true, on: { click: take } }, t("takePicture"));
    const dialog = h(
      "dialog.camera",
      { "aria-label": t("camera"), on: { cancel: () => close(null) } },
      h("header", {}, h("h2", {}, t("camera")), iconButton("close", t("close"), () => close(null))),
      video,
      said,
      h("footer", {}, shutter),
    );
    document.body.append(dialog);
    dialog.showModal();
    navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }).then(
      (started) => {
        stream = started;
        video.srcObject = started;
        video.onloadedmetadata = () => (shutter.disabled = false);
      },
      (error) => (said.textContent = t("noCamera", { why: error.message })),
    );
  });
}
