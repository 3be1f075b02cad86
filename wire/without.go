package wire

import "slices"

// AppendWithout appends an object that has been checked without the members of these
// names, and without its last brace, so that others can be put behind. What stays is
// spelled as it was.
func AppendWithout(dst, object []byte, names ...string) []byte {
	s := scanner{src: object}
	s.blank()
	dst = append(dst, '{')
	for more := s.begin('{', '}'); more; more, _ = s.comma('}') {
		s.blank()
		from := s.at
		m, ok := s.member()
		if !ok {
			break
		}
		if slices.Contains(names, string(m.Name)) {
			continue
		}
		if dst[len(dst)-1] != '{' {
			dst = append(dst, ',')
		}
		dst = append(dst, s.src[from:s.at]...)
	}
	return dst
}
