/** `a.b[0].c` from the parts; numbers are list indexes. */
export function formatPath(parts: readonly (string | number)[]): string {
  let text = ''
  for (const part of parts) {
    if (typeof part === 'number') text += `[${part}]`
    else text += text === '' ? part : `.${part}`
  }
  return text
}
