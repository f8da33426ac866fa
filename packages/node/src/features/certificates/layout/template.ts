/**
 * The Typst template of documents. It gets `content.json` (page.ts) as data: no text of it is ever read as markup.
 * @module
 */

/** Typst source of a picture of a signature: lines in a frame, on a page of its size. */
export const appearanceTemplate: string = String.raw`
#let doc = json("content.json")
#set document(title: doc.title, date: datetime(..doc.date))
#set text(font: doc.families, fallback: false, size: 8pt, hyphenate: false, ligatures: false)
#set par(leading: 0.5em, spacing: 0.55em)
#set page(width: doc.width * 1pt, height: doc.height * 1pt, margin: 5pt, background: rect(
  width: 100% - 1pt, height: 100% - 1pt, stroke: 0.6pt + luma(90),
))
#let breakable(value) = value.clusters().join(sym.zws)
#strong(breakable(doc.lines.first()))
#for line in doc.lines.slice(1) { parbreak(); breakable(line) }
`

/** Typst source of certificates and letters. */
export const template: string = String.raw`
#let doc = json("content.json")
#let page-data = doc.page
#set document(
  title: page-data.title + " " + doc.number,
  author: page-data.issuer,
  date: datetime(..doc.date),
)
#set text(
  font: doc.families, fallback: false, size: 9.5pt, lang: page-data.language, region: page-data.region,
  hyphenate: false, ligatures: false,
)
#set par(leading: 0.62em, spacing: 0.8em, justify: false)
#set page(
  paper: "a4",
  margin: (x: 20mm, top: 18mm, bottom: 20mm),
  footer: context {
    set text(size: 8pt, fill: luma(90))
    align(center, page-data.foot
      .replace("{page}", str(here().page()))
      .replace("{pages}", str(counter(page).final().first())))
  },
)

// A long word may break between any two characters, without a mark that could be read as part of it.
#let breakable(value) = value.split(" ").map(word => {
  if word.len() <= 24 { word } else { word.clusters().join(sym.zws) }
}).join(" ")

#let digest(value) = {
  set text(font: doc.digest-family, size: 8pt)
  value
}

#let rows-of(rows) = grid(
  columns: (40mm, 1fr),
  column-gutter: 4mm,
  row-gutter: 2.2mm,
  ..rows.map(row => (
    text(fill: luma(90), breakable(row.label)),
    if row.at("digest", default: false) { digest(row.value) } else { breakable(row.value) },
  )).flatten()
)

#let notice(body) = block(
  width: 100%, inset: 3mm, stroke: 0.7pt + luma(60), radius: 1mm, breakable: false, strong(breakable(body)),
)

#let code-block(item) = grid(
  columns: (32mm, 1fr),
  column-gutter: 5mm,
  image("code.svg", width: 32mm),
  {
    for paragraph in item.paragraphs [#par(breakable(paragraph))]
    text(size: 8pt, breakable(item.link))
  },
)

#let shown(item) = {
  if item.kind == "heading" {
    block(above: 7mm, below: 3mm, sticky: true, {
      text(size: 12pt, weight: "bold", item.text)
      v(-2.4mm)
      line(length: 100%, stroke: 0.5pt + luma(150))
    })
  } else if item.kind == "subheading" {
    block(above: 4mm, below: 2.4mm, sticky: true, text(weight: "bold", breakable(item.text)))
  } else if item.kind == "rows" {
    rows-of(item.rows)
  } else if item.kind == "paragraph" {
    par(breakable(item.text))
  } else if item.kind == "notice" {
    notice(item.text)
  } else if item.kind == "code" {
    code-block(item)
  }
}

#for file in doc.attachments {
  pdf.attach(
    file.name,
    read(file.name, encoding: none),
    relationship: file.relationship,
    mime-type: file.mediaType,
    description: file.description,
  )
}

#if page-data.logos.len() > 0 {
  block(below: 6mm, grid(
    columns: calc.min(6, page-data.logos.len()),
    column-gutter: 6mm,
    row-gutter: 3mm,
    ..page-data.logos.map(logo => image(logo.file, height: 12mm, alt: logo.name))
  ))
}
#align(center, {
  block(below: 2.5mm, text(size: 20pt, weight: "bold", tracking: 1pt, page-data.title))
  block(below: 7mm, text(size: 10pt, fill: luma(90), breakable(page-data.subtitle)))
})
#for item in page-data.blocks { shown(item) }
`
