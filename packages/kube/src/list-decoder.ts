const quote = 0x22
const backslash = 0x5c
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d
const comma = 0x2c

const itemsKey = '"items"'

/**
 * Cuts the body of a list into its items while it arrives. A page of 500 large objects is several megabytes; parsed in one
 * go it would block the event loop for longer than a lease renewal can bear.
 *
 * Only structure is looked at (strings and brackets); each item and the rest of the list are given to `JSON.parse`, which
 * refuses what is not JSON.
 */
export class ListDecoder {
  #depth = 0
  #inString = false
  #escaped = false
  /** The array being read is the one under the top-level key `items`. */
  #inItems = false
  /** Pieces of the item under way. */
  #item: Buffer[] | undefined
  /** Everything that is not an item: the list's own fields, with `"items":[]`. */
  readonly #envelope: Buffer[] = []
  /** The last bytes seen at depth one, enough to recognise the key before a `[`. */
  #tail = Buffer.alloc(0)

  /** The list without its items. Throws a SyntaxError when the body was cut off or is not JSON. */
  finish(): unknown {
    const text = Buffer.concat(this.#envelope).toString('utf8')
    if (this.#item !== undefined || this.#depth !== 0 || this.#inString) {
      throw new SyntaxError('the list ends before it is complete')
    }
    return JSON.parse(text)
  }

  /** Items that are complete with this chunk, as JSON texts; they may be parts of the chunk itself. */
  *push(chunk: Buffer): Generator<Buffer> {
    // Where the piece that has not been handed on yet begins.
    let start = 0
    for (let index = 0; index < chunk.length; index++) {
      const byte = chunk[index]
      if (this.#inString) {
        if (this.#escaped) {
          this.#escaped = false
        } else if (byte === backslash) {
          this.#escaped = true
        } else if (byte === quote) {
          this.#inString = false
        }
        continue
      }
      switch (byte) {
        case quote:
          this.#inString = true
          break
        case openBrace:
        case openBracket:
          if (this.#inItems && this.#depth === 2) {
            this.#keep(chunk.subarray(start, index))
            start = index
            this.#item = []
          } else if (
            byte === openBracket &&
            this.#depth === 1 &&
            this.#endsWithItemsKey(chunk.subarray(start, index))
          ) {
            this.#keep(chunk.subarray(start, index + 1))
            start = index + 1
            this.#inItems = true
          }
          this.#depth++
          break
        case closeBrace:
        case closeBracket:
          this.#depth--
          if (this.#item !== undefined && this.#depth === 2) {
            const last = chunk.subarray(start, index + 1)
            // Most items lie within one chunk: no copy.
            const item = this.#item.length === 0 ? last : Buffer.concat([...this.#item, last])
            start = index + 1
            this.#item = undefined
            yield item
          } else if (this.#inItems && this.#depth === 1) {
            this.#keep(chunk.subarray(start, index))
            start = index
            this.#inItems = false
          }
          break
        default:
      }
    }
    if (this.#item === undefined) {
      this.#keep(chunk.subarray(start))
    } else {
      this.#item.push(chunk.subarray(start))
    }
  }

  #keep(piece: Buffer): void {
    // Between two items there is only a comma, which must not stay.
    const kept = this.#inItems ? piece.filter((byte) => byte !== comma) : piece
    if (kept.length > 0) {
      // A copy: a view would keep the whole chunk alive.
      this.#envelope.push(Buffer.from(kept))
      this.#tail = Buffer.concat([this.#tail, kept]).subarray(-32)
    }
  }

  #endsWithItemsKey(piece: Buffer): boolean {
    const text = Buffer.concat([this.#tail, piece.subarray(-32)])
      .toString('latin1')
      .trimEnd()
    if (!text.endsWith(':')) {
      return false
    }
    return text.slice(0, -1).trimEnd().endsWith(itemsKey)
  }
}
