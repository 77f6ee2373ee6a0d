// Ends by an exception that nobody catches; with an argument, by one that leaves a noexcept function.
#include <stdexcept>

namespace shop {
struct refused : std::runtime_error {
	using std::runtime_error::runtime_error;
};
static void charge(int argc) { throw refused("card " + std::to_string(argc)); }
static void quiet(int argc) noexcept { charge(argc); }
}

int main(int argc, char **)
{
	if (argc > 1)
		shop::quiet(argc);
	shop::charge(argc);
}
