-- Renders each text of a JSON array as a document of its own, as Quarto has Pandoc do: `pandoc lua pandoc.lua`.
local texts = pandoc.json.decode(io.read("a"), false)
local options = pandoc.WriterOptions({ html_math_method = "mathjax" })
local pages = {}
for index, text in ipairs(texts) do
  local is_read, document = pcall(pandoc.read, text, "markdown")
  pages[index] = is_read and pandoc.write(document, "html", options) or false
end
io.write(pandoc.json.encode(pages))
