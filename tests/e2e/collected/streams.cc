// Prints lines to streams with buffers of their own, each line in a span of its own; they are
// written when the buffer is full. Then one message of several lines, flushed in its own span.
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>

extern "C" {
__attribute__((visibility("default"))) __thread void *otel_thread_ctx_v1;
}
static unsigned char record[640] __attribute__((aligned(2)));

static void publish(unsigned char n)
{
	record[24] = 0;
	otel_thread_ctx_v1 = n ? record : nullptr;
	memset(record, n, 16);
	memset(record + 16, n + 0x80, 8);
	record[24] = n != 0;
}

static void print(std::ostream &to)
{
	char line[200];

	for (int i = 0; i < 500; i++) {
		int n = 1 + i % 127;
		publish(n);
		snprintf(line, sizeof(line), "%0*d %02x\n", 10 + i % 90, i, n);
		to << line;
		publish(0);
	}
	publish(0x55);
	to << std::flush;
	to << "failed 55\n\tat here\n\tat there\n" << std::flush;
	to << "single 55" << std::endl;
	publish(0);
}

int main()
{
	std::ofstream log("streams.log", std::ios::app);
	print(log);
	std::ios::sync_with_stdio(false);
	print(std::clog);
}
