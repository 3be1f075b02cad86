// Package operator walks the path of an operator who has never seen the program, as one script that
// a stranger can read: path.sh, with the commands of the pages. A Debian package is installed, given
// TLS, keys and two apps, watched by Prometheus, put under load, backed up meanwhile, lost, restored
// and upgraded; people.py, load.py and check.py are the users and backends who notice.
//
// The script runs as root in a copy of the machine that is thrown away, with processes and a network
// of its own, so its paths and ports are those of the pages. No systemd runs there: machine.sh and
// service.py do what the unit says, but for sealing it. testdata/previous.tar.gz is a server that
// previous.sh has made with the program of an earlier release (commit f31db7e, schema 2); one of a
// release that is out is not made anew.
//
// The package refuses to know anything of the server but its pages. The tests carry the build tag
// e2e. Start reading at path.sh.
package operator
