// Names and encryption of a room: protocol.md §2.2 and §3.

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const bytes = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));

async function digest(text) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

export class Secrets {
  // `password` as typed; "false" is none.
  static async of(password, salt) {
    const secrets = new Secrets();
    secrets.material = password === "false" ? null : encodeURIComponent(password.trim()) + salt;
    secrets.suffix = "";
    if (secrets.material !== null) {
      const raw = await digest(secrets.material);
      secrets.suffix = hex(raw).slice(0, 6);
      secrets.key = await crypto.subtle.importKey("raw", raw, "AES-CBC", false, [
        "encrypt",
        "decrypt",
      ]);
    }
    return secrets;
  }

  async room(name) {
    return this.material === null ? name : hex(await digest(name + this.material)).slice(0, 16);
  }

  // A message in which one field is replaced by what only the room can read.
  async sealed(message, field) {
    if (this.material === null) return message;
    const iv = crypto.getRandomValues(new Uint8Array(16));
    const text = new TextEncoder().encode(JSON.stringify(message[field]));
    const data = await crypto.subtle.encrypt({ name: "AES-CBC", iv }, this.key, text);
    return { ...message, [field]: hex(new Uint8Array(data)), vector: hex(iv) };
  }

  async opened(message, field) {
    if (!message.vector) return message[field];
    const iv = bytes(message.vector);
    const data = bytes(message[field]);
    const text = await crypto.subtle.decrypt({ name: "AES-CBC", iv }, this.key, data);
    return JSON.parse(new TextDecoder().decode(text));
  }
}
