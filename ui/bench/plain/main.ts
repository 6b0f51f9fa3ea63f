import { mount } from 'svelte';
import Plain from './Plain.svelte';

const target = document.querySelector('#app');
if (target) mount(Plain, { target, props: { count: Number(new URLSearchParams(location.search).get('nodes')) } });
