// Pictures and sound that tell which frame they are: a frame counter for people, the bar code
// of core/publishing/barcode.py for tests, and a white flash with a beep once a second.

const FLASH = 0.1;
const COLUMNS = 16;
const ROWS = 3;

function crc(data) {
  let value = 0xffff;
  for (const byte of data) {
    value ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) {
      value = ((value & 0x8000 ? 0x1021 : 0) ^ (value << 1)) & 0xffff;
    }
  }
  return value;
}

function blocks(number, counter) {
  const data = [number, (counter >> 16) & 255, (counter >> 8) & 255, counter & 255];
  const check = crc(data);
  return [...data, check >> 8, check & 255].flatMap((byte) =>
    Array.from({ length: 8 }, (_, bit) => (byte >> (7 - bit)) & 1),
  );
}

function noiseTile(size) {
  const tile = new OffscreenCanvas(size, size);
  const context = tile.getContext("2d");
  const image = context.createImageData(size, size);
  for (let at = 0; at < image.data.length; at += 4) {
    image.data.set([Math.random() * 256, Math.random() * 256, Math.random() * 256, 255], at);
  }
  context.putImageData(image, 0, 0);
  return tile;
}

// Draws on a canvas for as long as the page lives.
export class Camera {
  constructor(canvas, { width, height, fps, number, noise, clock }) {
    Object.assign(canvas, { width, height });
    this.context = canvas.getContext("2d", { alpha: false });
    this.number = number;
    this.clock = clock;
    this.noise = noise;
    this.tile = noiseTile(256);
    this.counter = 0;
    this.stream = canvas.captureStream(fps);
    this.draw();
    setInterval(() => this.draw(), 1000 / fps);
  }

  draw() {
    const { context, counter } = this;
    const { width, height } = context.canvas;
    const flash = this.clock() % 1 < FLASH;
    context.fillStyle = flash ? "#fff" : `hsl(${(this.number * 137) % 360} 60% 30%)`;
    context.fillRect(0, 0, width, height);
    if (!flash) this.drawNoise(width * this.noise, height * this.noise);
    context.font = `${height / 6}px sans-serif`;
    context.fillStyle = flash ? "#000" : "#fff";
    context.fillText(`#${counter}`, width / 20, height / 3);
    this.drawCode(blocks(this.number, counter), width, height);
    this.counter += 1;
  }

  drawNoise(width, height) {
    const jitter = () => -Math.random() * 128;
    const { tile, context } = this;
    context.save();
    context.beginPath();
    context.rect(context.canvas.width - width, 0, width, height);
    context.clip();
    const [left, top] = [context.canvas.width - width + jitter(), jitter()];
    for (let x = left; x < context.canvas.width; x += tile.width) {
      for (let y = top; y < height; y += tile.height) context.drawImage(tile, x, y);
    }
    context.restore();
  }

  drawCode(bits, width, height) {
    const top = (height - Math.floor((height * 4) / 15)) & ~1;
    bits.forEach((bit, index) => {
      const [row, column] = [Math.floor(index / COLUMNS), index % COLUMNS];
      const [left, right] = [column, column + 1].map((x) => Math.floor((x * width) / COLUMNS));
      const edge = (y) => top + Math.floor((y * (height - top)) / ROWS);
      this.context.fillStyle = bit ? "#fff" : "#000";
      this.context.fillRect(left, edge(row), right - left, edge(row + 1) - edge(row));
    });
  }
}

// A beep at every full second of its clock, for ten minutes. In stereo, each side hums and hisses
// by itself the whole time, so that an encoder has to do with both.
export class Beeper {
  constructor({ stereo }) {
    this.context = new AudioContext({ sampleRate: 48000 });
    const channelCount = stereo ? 2 : 1;
    this.output = new MediaStreamAudioDestinationNode(this.context, { channelCount });
    const gain = new GainNode(this.context, { gain: 0 });
    for (let second = 0; second < 600; second += 1) {
      gain.gain.setValueAtTime(0.5, second);
      gain.gain.setValueAtTime(0, second + FLASH);
    }
    const tone = new OscillatorNode(this.context, { frequency: 1000 });
    tone.connect(gain).connect(this.output);
    tone.start();
    if (stereo) this.hiss();
    this.stream = this.output.stream;
  }

  hiss() {
    const buffer = new AudioBuffer({ numberOfChannels: 2, length: 96000, sampleRate: 48000 });
    for (const channel of [0, 1]) {
      const data = buffer.getChannelData(channel);
      data.forEach((_, at) => {
        const hum = Math.sin((at * 2 * Math.PI * (channel ? 330 : 220)) / 48000);
        data[at] = 0.1 * hum + 0.1 * (Math.random() - 0.5);
      });
    }
    const source = new AudioBufferSourceNode(this.context, { buffer, loop: true });
    source.connect(this.output);
    source.start();
  }

  get seconds() {
    return this.context.currentTime;
  }
}
