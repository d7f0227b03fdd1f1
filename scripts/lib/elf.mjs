/** What the dynamic linker reads of a 64-bit little-endian ELF file. */
export class Elf {
  #bytes;
  #sections = new Map();

  constructor(bytes) {
    if (bytes.readUInt32BE(0) !== 0x7f454c46 || bytes[4] !== 2 || bytes[5] !== 1)
      throw new Error('this is no 64-bit little-endian ELF file');
    this.#bytes = bytes;
    const [offset, size, count, names] = [
      Number(bytes.readBigUInt64LE(0x28)),
      bytes.readUInt16LE(0x3a),
      bytes.readUInt16LE(0x3c),
      bytes.readUInt16LE(0x3e),
    ];
    const headers = Array.from({ length: count }, (_, i) => this.#section(offset + i * size));
    for (const header of headers) this.#sections.set(this.#text(headers[names], header.name), header);
  }

  /** `x64`, `arm64` or a number. */
  get machine() {
    const number = this.#bytes.readUInt16LE(0x12);
    return { 62: 'x64', 183: 'arm64' }[number] ?? number;
  }

  /** The libraries that have to be there. */
  get needed() {
    const NEEDED = 1n;
    return this.#entries('.dynamic', 16)
      .filter((at) => this.#bytes.readBigInt64LE(at) === NEEDED)
      .map((at) => this.#text(this.#sections.get('.dynstr'), Number(this.#bytes.readBigUInt64LE(at + 8))));
  }

  /** The versions of symbols that the libraries must have: `GLIBC_2.17` and the like. */
  get versions() {
    const section = this.#sections.get('.gnu.version_r');
    const found = [];
    for (let at = section?.offset, next = 1; section !== undefined && next !== 0; at += next) {
      const count = this.#bytes.readUInt16LE(at + 2);
      let entry = at + this.#bytes.readUInt32LE(at + 8);
      for (let i = 0; i < count; i++) {
        found.push(this.#text(this.#sections.get('.dynstr'), this.#bytes.readUInt32LE(entry + 8)));
        entry += this.#bytes.readUInt32LE(entry + 12);
      }
      next = this.#bytes.readUInt32LE(at + 12);
    }
    return found;
  }

  /** The names of the symbols that other libraries can see. */
  get exported() {
    return this.#symbols((section) => section !== 0);
  }

  /** The names of the symbols that come from elsewhere. */
  get imported() {
    return this.#symbols((section) => section === 0);
  }

  #symbols(wanted) {
    return this.#entries('.dynsym', 24)
      .filter((at) => wanted(this.#bytes.readUInt16LE(at + 6)))
      .map((at) => this.#text(this.#sections.get('.dynstr'), this.#bytes.readUInt32LE(at)))
      .filter((name) => name !== '');
  }

  #entries(name, size) {
    const section = this.#sections.get(name);
    if (section === undefined) return [];
    return Array.from({ length: section.size / size }, (_, i) => section.offset + i * size);
  }

  #section(at) {
    return {
      name: this.#bytes.readUInt32LE(at),
      offset: Number(this.#bytes.readBigUInt64LE(at + 0x18)),
      size: Number(this.#bytes.readBigUInt64LE(at + 0x20)),
    };
  }

  #text(section, at) {
    const begin = section.offset + at;
    return this.#bytes.toString('latin1', begin, this.#bytes.indexOf(0, begin));
  }
}
