import { mount } from 'svelte';
import './design/base.css';
import App from './shell/App.svelte';
import { applyLook } from './shell/theme';

// Before anything is drawn, so that the first picture has the right colours.
applyLook();
const target = document.querySelector('#app');
if (target) mount(App, { target });
