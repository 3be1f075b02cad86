// Package packed compresses files that are embedded in the program.
package packed

import (
	"bytes"
	"compress/gzip"
)

// Suffix ends the names of packed files.
const Suffix = ".gz"

// Gzip packs content as small as gzip can. It notes neither a time nor a name: the same content
// is packed to the same bytes on every machine.
func Gzip(content []byte) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(content); err != nil {
		return nil, err
	}
	err = z.Close()
	return b.Bytes(), err
}
