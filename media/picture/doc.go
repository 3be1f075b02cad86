// Package picture makes the smaller sizes of pictures: JPEG, PNG, GIF (its first frame), WebP
// without animation, and BMP are read; JPEG is written, or PNG where something is transparent.
//
// Pictures come from strangers. What a picture would take in memory is estimated from its
// first bytes before anything is decoded; what is too much is refused, and all that are
// decoded at a time share one budget. A picture that takes too long is given up.
//
// What is made has the picture upright, and nothing else of what the original says of itself:
// no place, no time, no camera. A picture that is small stays as small.
//
// It refuses to know where pictures lie and who may see them.
//
// Start reading at [Maker.Make]; what a picture would take is in probe.go.
package picture
