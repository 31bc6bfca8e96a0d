// The worker that looks for a code in a frame: the page stays quick meanwhile.

import { decode } from "./qr.mjs";

addEventListener("message", ({ data: image }) => postMessage(decode(image)));
