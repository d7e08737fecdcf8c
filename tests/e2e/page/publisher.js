// Publishes a test picture in a room the way a VDO.Ninja page does: routed handshake server,
// data channel first, media on request (protocol.md §1.3, §4, §5). Tests drive it through the
// global `publisher`; options are in the address.

import { Secrets } from "./secrets.js";
import { Beeper, Camera } from "./source.js";

const asked = new URLSearchParams(location.search);
const option = (name, usual) => asked.get(name) ?? usual;
const amount = (name, usual) => Number(option(name, usual));
const options = {
  server: option("server", ""),
  room: option("room", "lab"),
  stream: option("stream", "page"),
  password: option("password", "someEncryptionKey123"),
  codec: option("codec", ""),
  format: option("format", "").split(",").filter(Boolean),
  mediaFirst: asked.has("mediafirst"),
  audio: option("audio", "1") !== "0",
  stereo: asked.has("stereo"),
  permission: option("permission", "1") !== "0",
  tap: asked.has("tap"),
  // Without it, a low rate makes the picture smaller, as with any camera.
  keepSize: asked.has("keepsize"),
  bitrate: amount("bitrate", 2500),
  // Layers of the picture, such as L2T3.
  scalability: option("scalability", ""),
};

const named = (codec, name) => codec.mimeType.toLowerCase() === `video/${name.toLowerCase()}`;

// All formats that can be sent, those of a codec (and with these parameters) first.
function preferences(name, parameters) {
  const all = RTCRtpSender.getCapabilities("video").codecs;
  const wanted = (codec) =>
    named(codec, name) && parameters.every((text) => codec.sdpFmtpLine.includes(text));
  return [...all.filter(wanted), ...all.filter((codec) => !wanted(codec))];
}

function base64(data) {
  const parts = [];
  const view = new Uint8Array(data);
  for (let at = 0; at < view.length; at += 8192) {
    parts.push(String.fromCharCode(...view.subarray(at, at + 8192)));
  }
  return btoa(parts.join(""));
}

// One viewer: its connection, session and data channel.
class Viewer {
  constructor(uuid, owner) {
    this.uuid = uuid;
    this.owner = owner;
    this.session = Math.random().toString(36).slice(2, 12);
    this.found = [];
    this.work = Promise.resolve();
    this.pc = new RTCPeerConnection({ iceServers: [], bundlePolicy: "max-bundle" });
    this.pc.onicecandidate = ({ candidate }) => this.trickle(candidate);
    this.channel = this.pc.createDataChannel("sendChannel");
    this.channel.onopen = () => this.say({ info: { label: owner.label, muted: false } });
    this.channel.onmessage = ({ data }) => this.heard(JSON.parse(data));
    if (options.mediaFirst) this.addMedia({ audio: true, video: true });
    this.negotiate();
  }

  say(message) {
    if (this.channel.readyState === "open") this.channel.send(JSON.stringify(message));
  }

  // Over the data channel where it is open, else over the websocket.
  async signal(message, field) {
    const sealed = await this.owner.secrets.sealed({ ...message, session: this.session }, field);
    if (this.channel.readyState === "open") this.say(sealed);
    else this.owner.send({ UUID: this.uuid, ...sealed });
  }

  trickle(candidate) {
    if (!candidate?.candidate) return;
    this.owner.candidates.push(candidate.candidate);
    if (this.found.push(candidate.toJSON()) === 1) {
      setTimeout(() => {
        this.signal({ type: "local", candidates: this.found.splice(0) }, "candidates");
      }, 10);
    }
  }

  negotiate(extra = {}) {
    this.work = this.work.then(async () => {
      const answered = new Promise((resolve) => (this.answered = resolve));
      await this.pc.setLocalDescription();
      const { type, sdp } = this.pc.localDescription;
      const suffix = this.channel.readyState === "open" ? "" : this.owner.secrets.suffix;
      const streamID = options.stream + suffix;
      this.owner.offers.push(sdp);
      await this.signal({ streamID, description: { type, sdp }, ...extra }, "description");
      await answered;
      await this.limit(1);
    });
  }

  // Send the pictures so many times smaller than they are, and within the bit rate.
  async limit(scaleResolutionDownBy) {
    for (const sender of this.pc.getSenders().filter(({ track }) => track?.kind === "video")) {
      const parameters = sender.getParameters();
      const maxBitrate = options.bitrate * 1000;
      if (options.keepSize) parameters.degradationPreference = "maintain-resolution";
      for (const encoding of parameters.encodings) {
        Object.assign(encoding, { maxBitrate, scaleResolutionDownBy });
      }
      await sender.setParameters(parameters);
    }
  }

  // A message from either way; only what belongs to this connection counts.
  async received(message) {
    if (message.session !== this.session) return;
    const { secrets, answers } = this.owner;
    if (message.description) {
      const description = await secrets.opened(message, "description");
      answers.push(description.sdp);
      await this.pc.setRemoteDescription(description);
      this.answered();
    } else if (message.candidates && message.type === "remote") {
      for (const candidate of await secrets.opened(message, "candidates")) {
        await this.pc.addIceCandidate(candidate);
      }
    }
  }

  heard(message) {
    if (message.description || message.candidates) this.received(message);
    if ("ping" in message) this.say({ pong: message.ping });
    if ("pong" in message) this.owner.pongs.push(message.pong);
    if ("audio" in message || "video" in message) {
      this.owner.requests.push(message);
      if (this.addMedia(message)) this.negotiate();
    }
    if (message.bye) {
      this.say({ bye: true });
      this.owner.drop(this);
    }
  }

  addMedia({ audio, video, preferVideoCodec }) {
    if (this.pc.getTransceivers().length) return false;
    const { camera, beeper } = this.owner;
    if (video) {
      const transceiver = this.add(camera.stream);
      const name = preferVideoCodec || options.codec;
      if (name) transceiver.setCodecPreferences(preferences(name, options.format));
    }
    if (audio && beeper) this.add(beeper.stream);
    return Boolean(this.pc.getTransceivers().length);
  }

  // A page offers sendrecv although it wants nothing back (protocol.md §7.1).
  add(stream) {
    const [track] = stream.getTracks();
    const { scalability } = options;
    const sendEncodings = track.kind === "video" && scalability ? [{ scalabilityMode: scalability }] : [];
    const transceiver = this.pc.addTransceiver(track, { streams: [stream], sendEncodings });
    if (options.tap) {
      const tap = new RTCRtpScriptTransform(this.owner.tap, { kind: track.kind });
      transceiver.sender.transform = tap;
    }
    return transceiver;
  }

  // A second video of the same connection (protocol.md §7.5).
  share(stream) {
    const added = this.pc.addTransceiver(stream.getTracks()[0], { streams: [stream] });
    this.screen = added.sender;
    this.negotiate({ screen: [this.pc.getTransceivers().indexOf(added)] });
  }

  stopShare() {
    this.screen.replaceTrack(null);
    this.say({ screenStopped: true });
  }

  leave() {
    this.say({ videoMuted: true, bye: true });
    this.pc.close();
  }
}

class Publisher {
  viewers = new Map();
  offers = [];
  answers = [];
  candidates = [];
  requests = [];
  pongs = [];
  sent = [];
  label = `Label of ${options.stream}`;

  async start() {
    // Chromium tells its addresses only to pages that may use the microphone.
    if (options.permission) await navigator.mediaDevices.getUserMedia({ audio: true });
    this.secrets = await Secrets.of(options.password, "vdo.ninja");
    this.beeper = options.audio ? new Beeper(options) : null;
    this.camera = new Camera(document.getElementById("camera"), {
      width: amount("width", 640),
      height: amount("height", 360),
      fps: amount("fps", 30),
      number: amount("number", 7),
      noise: amount("noise", 0.5),
      clock: () => this.beeper?.seconds ?? performance.now() / 1000,
    });
    if (options.tap) {
      this.tap = new Worker("tap.js");
      this.tap.onmessage = ({ data }) => (data.kind ? this.sent.push(data) : this.flushed());
    }
    this.socket = new WebSocket(options.server);
    this.socket.onmessage = ({ data }) => this.received(JSON.parse(data));
    const roomid = await this.secrets.room(options.room);
    const join = () => this.send({ request: "joinroom", roomid });
    if (this.socket.readyState === WebSocket.OPEN) join();
    else this.socket.onopen = join;
  }

  send(message) {
    this.socket.send(JSON.stringify(message));
  }

  received(message) {
    const viewer = this.viewers.get(message.UUID);
    if (message.request === "listing") {
      this.send({ request: "seed", streamID: options.stream + this.secrets.suffix });
    } else if (message.request === "offerSDP") {
      if (viewer) this.drop(viewer);
      this.viewers.set(message.UUID, new Viewer(message.UUID, this));
    } else if (!message.request) {
      viewer?.received(message);
    }
  }

  drop(viewer) {
    viewer.pc.close();
    this.viewers.delete(viewer.uuid);
  }

  // What getStats says, of all viewers.
  async stats() {
    const all = await Promise.all([...this.viewers.values()].map(({ pc }) => pc.getStats()));
    return all.flatMap((report) => [...report.values()]);
  }

  // Encoded frames since the last call, oldest first.
  async taken() {
    const flushed = new Promise((resolve) => (this.flushed = resolve));
    this.tap.postMessage({});
    await flushed;
    return this.sent.splice(0).map((frame) => ({ ...frame, data: base64(frame.data) }));
  }

  share(width, height) {
    const canvas = document.body.appendChild(document.createElement("canvas"));
    const clock = () => performance.now() / 1000;
    const number = amount("number", 7) + 1;
    this.screen = new Camera(canvas, { width, height, fps: 15, number, noise: 0, clock });
    for (const viewer of this.viewers.values()) viewer.share(this.screen.stream);
  }

  stopShare() {
    for (const viewer of this.viewers.values()) viewer.stopShare();
  }

  async scale(factor) {
    for (const viewer of this.viewers.values()) await viewer.limit(factor);
  }

  ping(value) {
    for (const viewer of this.viewers.values()) viewer.say({ ping: value });
  }

  leave() {
    for (const viewer of this.viewers.values()) viewer.leave();
    this.viewers.clear();
    this.socket.close();
  }
}

globalThis.publisher = new Publisher();
addEventListener("pagehide", () => publisher.leave());
publisher.start();
