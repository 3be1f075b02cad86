module github.com/teahouse-im/teahouse

go 1.26.8
