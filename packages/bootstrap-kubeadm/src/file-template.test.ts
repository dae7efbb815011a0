import { describe, expect, it } from 'vitest'

import { renderFileTemplate, TemplateError } from './file-template.ts'

const known = { controlPlane: { version: 'v1.35.0' } }

describe('renderFileTemplate', () => {
  // What Go's text/template writes for the same.
  it.each([
    ['plain { text } with $(shell)\n', 'plain { text } with $(shell)\n'],
    ['v={{ .controlPlane.version }};', 'v=v1.35.0;'],
    ['a {{- .controlPlane.version -}} b', 'av1.35.0b'],
    ['a\n{{- /* a comment */ -}}\nb', 'ab'],
    ['{{ "{{ ds.meta_data.local_hostname }}" }}', '{{ ds.meta_data.local_hostname }}'],
    ['{{ `a\\n"}}` }}', 'a\\n"}}'],
    ['{{ if .controlPlane }}yes{{ else }}no{{ end }}', 'yes'],
    ['{{ if eq .controlPlane.version "v1.34.0" "v1.35.0" }}a{{ end }}', 'a'],
    ['{{ if ne .controlPlane.version "v1.35.0" }}a{{ else if .controlPlane.version }}b{{ else }}c{{ end }}', 'b'],
    ['{{ if and .controlPlane (not (eq .controlPlane.version "x")) }}{{ if or "" "y" }}deep{{ end }}{{ end }}', 'deep'],
  ])('%s', (text, expected) => {
    expect(renderFileTemplate(text, known)).toBe(expected)
  })

  it('takes the other branch where the version is not known', () => {
    const text = '{{ if .controlPlane }}{{ .controlPlane.version }}{{ else }}unknown{{ end }}'
    expect(renderFileTemplate(text, {})).toBe('unknown')
    expect(() => renderFileTemplate('{{ .controlPlane.version }}', {})).toThrow(
      "the control plane's version is not known",
    )
  })

  it.each([
    '{{ .nodes }}',
    '{{ range .controlPlane }}{{ end }}',
    '{{ printf "%s" "a" }}',
    '{{ .controlPlane }}',
    '{{ if .controlPlane }}',
    '{{ end }}',
    '{{ .controlPlane.version',
    '{{ if "a" }}{{ .typo }}{{ end }}',
    '{{ if "" }}{{ .typo }}{{ end }}',
    '{{ "a" "b" }}',
    '{{ (eq "a" }}',
    '{{ else if }}',
  ])('%s is refused', (text) => {
    expect(() => renderFileTemplate(text, known)).toThrow(TemplateError)
  })
})
