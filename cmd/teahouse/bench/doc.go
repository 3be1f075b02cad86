// Package bench is `teahouse bench`: a load generator that speaks plain MQTT
// 3.1.1, against this server or, with the same traffic on ordinary topics,
// against any other broker. It measures from outside and refuses to look inside: it
// counts only what clients can see. Latency is measured from the time a message was due,
// so a stalled generator does not hide it.
//
// Start reading at Run in bench.go; each load has a file of its own.
package bench
