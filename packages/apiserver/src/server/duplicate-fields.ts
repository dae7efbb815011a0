/**
 * The fields that a JSON text states more than once, such as `spec.replicas`. The parser keeps the last of them, and says
 * nothing. The text must be valid JSON.
 */
export function duplicateFields(text: string): string[] {
  const found: string[] = []
  const open: Level[] = []
  let key: string | undefined
  for (let index = 0; index < text.length; index += 1) {
    const level = open.at(-1)
    switch (text[index]) {
      case '"': {
        const end = endOfString(text, index)
        if (level?.keys !== undefined && level.wantsKey) {
          key = readKey(text.slice(index, end + 1))
          const path = level.path === '' ? key : `${level.path}.${key}`
          if (level.keys.has(key) && !found.includes(path)) found.push(path)
          level.keys.add(key)
          level.wantsKey = false
        }
        index = end
        break
      }
      case '{':
        open.push({ path: pathBelow(level, key), keys: new Set(), wantsKey: true, index: 0 })
        break
      case '[':
        open.push({ path: pathBelow(level, key), keys: undefined, wantsKey: false, index: 0 })
        break
      case '}':
      case ']':
        open.pop()
        break
      case ',':
        if (level?.keys === undefined && level !== undefined) level.index += 1
        else if (level !== undefined) level.wantsKey = true
        break
      default:
    }
  }
  return found
}

interface Level {
  readonly path: string
  /** Of an object; undefined in a list. */
  readonly keys: Set<string> | undefined
  wantsKey: boolean
  /** Of the item of a list that is read. */
  index: number
}

function pathBelow(level: Level | undefined, key: string | undefined): string {
  if (level === undefined) return ''
  if (level.keys === undefined) return `${level.path}[${level.index}]`
  return level.path === '' ? (key ?? '') : `${level.path}.${key}`
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end > 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end < 0 ? text.length : end
}

function isEscaped(text: string, index: number): boolean {
  let backslashes = 0
  while (text[index - 1 - backslashes] === '\\') backslashes += 1
  return backslashes % 2 === 1
}

function readKey(quoted: string): string {
  return quoted.includes('\\') ? String(JSON.parse(quoted)) : quoted.slice(1, -1)
}
