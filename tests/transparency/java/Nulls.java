/** 100,000 null pointers that are caught, on several threads; then what the JVM does at its end. */
public class Nulls {
	static String nothing;
	static int caught;

	static synchronized void count(int n) {
		caught += n;
	}

	public static void main(String[] arguments) throws Exception {
		Thread[] threads = new Thread[4];
		for (int t = 0; t < threads.length; t++) {
			threads[t] = new Thread(() -> {
				int n = 0;
				for (int i = 0; i < 25000; i++) {
					try {
						n += nothing.length();
					} catch (NullPointerException e) {
						n++;
					}
				}
				count(n);
			});
			threads[t].start();
		}
		for (Thread t : threads)
			t.join();
		System.out.println("caught " + caught);
		System.err.println("to standard error");
		Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));
		switch (arguments[0]) {
		case "exit":
			System.exit(3);
		case "throw":
			throw new IllegalStateException("not caught");
		case "halt":
			Runtime.getRuntime().halt(4);
		case "sleep":
			Thread.sleep(10000);
			break;
		case "child":
			Process p = new ProcessBuilder("sh", "-c", "cat; exit 5").start();
			p.getOutputStream().write("through".getBytes());
			p.getOutputStream().close();
			System.out.println(new String(p.getInputStream().readAllBytes()) + p.waitFor());
		}
	}
}
