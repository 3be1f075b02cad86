// Package media has the commands about the files that users send (spec/00 §5, spec/09 §F): as
// methods, as what the original has for backends (im_cos_msg), and the same for backends under a
// service of our own. No byte of a file crosses it. Start reading at [Rows].
package media
