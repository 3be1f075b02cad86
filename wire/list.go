package wire

// PutList writes a member whose value is an array; one writes an element.
func PutList[T any](dst []byte, name string, list []T, one func(dst []byte, v T) []byte) []byte {
	dst = append(PutName(dst, name), '[')
	for i, v := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = one(dst, v)
	}
	return append(dst, ']')
}
