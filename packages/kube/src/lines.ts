const newline = 0x0a

/**
 * Splits a byte stream into lines without ever decoding more than one of them. Pieces of an unfinished line are kept as
 * they came and joined once, so a line that arrives in many pieces costs no repeated copying.
 */
export class LineSplitter {
  #pieces: Buffer[] = []
  #pending = 0
  readonly #longest: number

  /** @param longest bytes after which a line without an end is refused, so that a broken server cannot fill the memory. */
  constructor(longest = 64 * 1024 * 1024) {
    this.#longest = longest
  }

  /** Complete lines, without their ends; empty ones are left out. Throws a RangeError when a line is too long. */
  *push(chunk: Buffer): Generator<Buffer> {
    let start = 0
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      const line = this.#join(chunk.subarray(start, end))
      start = end + 1
      if (line.length > 0) {
        yield line
      }
    }
    if (start < chunk.length) {
      this.#pieces.push(chunk.subarray(start))
      this.#pending += chunk.length - start
      if (this.#pending > this.#longest) {
        throw new RangeError(`a line is longer than ${this.#longest} bytes`)
      }
    }
  }

  /** What came after the last line end. */
  rest(): Buffer {
    return this.#join(Buffer.alloc(0))
  }

  #join(last: Buffer): Buffer {
    if (this.#pieces.length === 0) {
      return last
    }
    const line = Buffer.concat([...this.#pieces, last])
    this.#pieces = []
    this.#pending = 0
    return line
  }
}
